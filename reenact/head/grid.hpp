// The grid the head is drawn on: rows by height, columns by angle, slits for eyes and mouth, rims and bag behind them.
// It fixes the topology and every vertex's template coordinates; no shape yet.
#pragma once
#include <array>
#include <cstdint>
#include <vector>

namespace dact::head {

inline constexpr int kColumns = 108, kRows = 95;
inline constexpr int kHalfColumns = 54;               // column j has angle kHalfColumns ..
inline constexpr int kEyeRow = 61, kMouthRow = 31;    // b = 0 and b = -7.5
inline constexpr int kEyeSlit = 15, kMouthSlit = 23;  // vertices of a slit's edge, corners included
inline constexpr int kBagRows = 5;
inline constexpr double kMouthHeight = -7.5;

enum class Layer : std::uint8_t { skin, rim, bag };

/// What a vertex is on the template, before any shape.
struct GridVertex {
  double a = 0, b = 0, t = 0;        // template coordinates
  double angle = 0;                  // signed column angle
  double row = 0;                    // index into the loft's table
  int eye_side = 0, mouth_side = 0;  // +1 above the slit, -1 below
  Layer layer = Layer::skin;
  int bag_row = 0;           // 1 .. kBagRows
  std::int32_t parent = -1;  // of rims and bag: the slit's vertex
};

struct Grid {
  Grid();

  std::array<double, kColumns> angle;
  std::array<double, kRows> height, row;  // b and table index of a row
  std::vector<GridVertex>
      vertices;  // rows from below, each from -178 to 180 degrees; apex; copies; rims; bag
  std::vector<std::array<std::int32_t, 3>>
      triangles;  // skin and rims, then bag; counter-clockwise from outside
  std::array<std::array<std::vector<std::int32_t>, 2>, 2>
      eye_slit;  // [left, right][upper, lower], from the nose
  std::array<std::vector<std::int32_t>, 2> mouth_slit;  // [upper, lower], from right to left
  std::array<double, 2> eye_corner;                     // |a| of the corners: at the nose, outside
  std::array<std::array<std::vector<std::int32_t>, kBagRows + 1>, 2>
      bag;  // [upper, lower][row], row 0 the slit

  static constexpr std::int32_t at(int row, int column) { return row * kColumns + column; }
  static constexpr std::int32_t apex() { return kRows * kColumns; }

 private:
  void place_rows_and_columns();
  void add_vertices();
  void cut_eyes();
  void cut_mouth();
  void add_skin_triangles();
  void add_rims();
  void add_bag();
};

const Grid& grid();

}  // namespace dact::head
