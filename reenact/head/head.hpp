// The procedural head: one model, people made from it, and a moment of a person as a mesh with its ground truth.
//
// What each part of a posed mesh carries. All lengths are cm; angles degrees; "signed angle" is 0 in front and positive
// towards the subject's left. `rest` is the position of the person without expression, jaw or head pose unless said
// otherwise. Vertices 0 .. kHeadVertices-1 are the model's, in its order; everything else comes behind them.
//
// | part        | coord                                                            | rest, remarks                   |
// |-------------|------------------------------------------------------------------|---------------------------------|
// | skin        | a, b, t: template x, template height, abs(column angle)          | lid rims repeat their lid's     |
// |             |                                                                  | a, 0, t                         |
// | mouth_bag   | a; row 0 (lip edge) .. 5 (throat); +1 upper, -1 lower lip        | inside of the mouth, not lit    |
// | eye_*       | x from the eye's centre / eye scale; y below the upper lid; y    | unit direction in the eyeball's |
// |             | above the lower lid (each posed, negative behind that lid)       | own frame, gaze taken out: +z   |
// |             |                                                                  | is the pupil's centre           |
// | teeth_*     | x across the arch; q 0 at the free edge, 1 at the gum; angle in  |                                 |
// |             | the arch                                                         |                                 |
// | tongue      | unit direction from its centre (y up, z to the tip)              |                                 |
// | ear_*       | r 0 in the concha .. 1 at the rim, 1.25 at the back; angle f     |                                 |
// |             | (0 = backwards, 90 = up); relief h                               |                                 |
// | hair        | signed column angle; s: height above the hairline (negative =    | s >= 4 where it hangs free      |
// |             | sunk under the skin); cm along the strand from the crown         | (shell, bun, tail)              |
// | glasses     | cm along the tube; angle around it; 0 rim, 1 bridge, 2 temple    |                                 |
// | lens        | x, y from the lens's centre; its distance from the rim 1 .. 0    | opaque (sun glasses only)       |
// | hat         | signed column angle; height above the lower edge; 0 crown,       |                                 |
// |             | 1 brim (then: angle, cm outwards, 1), 2 button                   |                                 |
// | torso       | ring 0 .. 32 from the neck; signed angle; 0                      | cloth or skin follows from rest |
// | collar      | signed angle; height 0 .. 1; 0 outside, 1 inside                 |                                 |
//
// For the rasteriser: eyes lie 0.10 cm further back in the depth test (behind a shutting lid the ball draws back by up
// to 0.25 cm more); hair, lenses, collars, brims are seen from both sides; bag, teeth, tongue, eyes and lenses cast no
// shadow.
#pragma once
#include <array>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "reenact/head/appearance.hpp"
#include "reenact/render/scene.hpp"

namespace dact::head {

using render::Vec3;

inline constexpr int kHeadVertices = 10598;
inline constexpr int kSkinTriangles = 20524;  // with the lid rims
inline constexpr int kBagTriangles = 502;
inline constexpr int kBagCopies = 46;  // behind the model's vertices in a drawn mesh
inline constexpr int kLandmarks = 68;
inline constexpr int kJoints = 5;  // root, neck, jaw, left eye, right eye

/// Names in the order of Identity and Pose::expression.
const std::array<std::string_view, kIdentities>& identity_names();
const std::array<std::string_view, kExpressions>& expression_names();
/// throws  UsageError for a name that does not exist, with the list of those that do
int identity_index(std::string_view name);
int expression_index(std::string_view name);

using Landmarks = std::array<Vec3, kLandmarks>;

/// Offsets of some vertices: runs of consecutive ones, three floats each.
struct Direction {
  struct Run {
    std::int32_t first, count;
  };
  std::vector<Run> runs;
  std::vector<float> offsets;  // of all runs, one after the other
};

/// p += weight * direction, p: 3 floats per vertex.
void add_direction(const Direction& direction, float weight, float* p);

/// A point as a weighted sum of vertices; the weights sum to 1.
struct PointRule {
  struct Term {
    std::int32_t vertex;
    float weight;
  };
  std::vector<Term> terms;
};
Vec3 point_of(const PointRule& rule, const std::vector<Vec3>& vertices);

/// The head as arrays: what is the same for everybody. Made by formula, so it needs no file.
struct HeadModel {
  HeadModel();

  std::vector<Vec3> mean;     // kHeadVertices
  std::vector<Vec3> coord;    // a, b, t; bag rows: of their lip edge
  std::vector<float> column;  // signed column angle
  std::vector<std::array<std::int32_t, 3>>
      triangles;                               // kSkinTriangles of the skin, then kBagTriangles
  std::vector<float> neck_weight, jaw_weight;  // how far a vertex turns with the neck, with the jaw
  std::vector<std::int8_t> mouth_side;         // +1 upper, -1 lower
  std::array<Direction, kIdentities> identity;
  std::array<Direction, kExpressions> expression;
  std::array<PointRule, kJoints> joints;
  /// Skin and bag that expression or jaw move, and all triangles around it: whose normals change. Bag triangles have
  /// their own copies of the lips' edges, kHeadVertices .. + 45 (upper lip, then lower).
  std::vector<std::int32_t> moving_vertices;
  std::vector<std::array<std::int32_t, 3>> moving_triangles;
  std::array<std::int32_t, kLandmarks> landmark_vertices;  // iBUG order, 0 = subject's right
  /// The slits, from the corner at the nose outwards (eyes: 15, left then right) and from right to left (mouth: 23);
  /// [0] upper, [1] lower. The ends are shared.
  std::array<std::array<std::vector<std::int32_t>, 2>, 2> eye_slit;
  std::array<std::vector<std::int32_t>, 2> mouth_slit;
  /// Directions are L q, q orthonormal over all vertices (root mean square 1 cm), L lower triangular.
  std::array<std::array<double, kIdentities>, kIdentities> identity_factor;
  std::array<std::array<double, kExpressions>, kExpressions> expression_factor;
};

/// The one model, made at first use.
const HeadModel& head_model();

/// mean + sum of c_k identity_k.  [kHeadVertices]
/// throws  UsageError unless every weight is finite and within +-4
std::vector<Vec3> identity_mesh(const HeadModel& model, const Identity& identity);

/// Weights in the orthonormal basis, for networks: independent numbers whose square sum is the mean squared
/// displacement of the mesh (cm^2). The second is the inverse of the first.
Identity orthonormal_codes(const HeadModel& model, const Identity& weights);
Identity weights_of_codes(const HeadModel& model, const Identity& codes);
std::array<float, kExpressions> orthonormal_expression(
    const HeadModel& model, const std::array<float, kExpressions>& weights);

struct PersonParts;

/// A person: the identity's mesh and all parts that follow it, ready to be posed. Immutable, shared between threads.
class Person {
 public:
  /// throws  UsageError as identity_mesh
  Person(const HeadModel& model, const Identity& identity, const Appearance& appearance);
  ~Person();
  Person(const Person&) = delete;
  Person& operator=(const Person&) = delete;

  const HeadModel& model() const { return model_; }
  const Identity& identity() const { return identity_; }
  const Appearance& appearance() const { return appearance_; }
  /// Without expression and pose.
  const render::Mesh& rest() const;
  const PersonParts& parts() const { return *parts_; }

 private:
  const HeadModel& model_;
  Identity identity_;
  Appearance appearance_;
  std::unique_ptr<PersonParts> parts_;
};

/// One moment of a person. Reuse it from frame to frame: what does not change is kept while the person is the same.
struct PosedHead {
  render::Mesh mesh;
  Landmarks landmarks;             // cm, posed
  std::array<Vec3, 2> eye_centre;  // left, right
  std::array<Vec3, 2> iris_centre;
  Vec3 gaze;  // unit, where both eyes look, in the frame of the picture

  // what pose_head keeps: the head before the neck turns it
  std::shared_ptr<const Person> person;
  std::vector<Vec3> local_position, local_normal, area;
};

/// throws  UsageError unless all numbers are finite, |yaw|, |pitch|, |roll| <= 90, jaw in [0, 30], |gaze| <= 45 and
///         expression weights in [-1, 2]
void require_pose(const Pose& pose);

/// The person at that moment. About 0.13 ms on one core. throws  as require_pose
void pose_head(const std::shared_ptr<const Person>& person, const Pose& pose, PosedHead& head);

/// The same weights with the lids going along with the eyes: looking down lowers them, looking up raises them.
Pose with_lids(Pose pose);

/// What a blink is multiplied with so that this person's lids meet (left, right); part of the weights that a
/// MorphableModel of the same head takes.
std::array<float, 2> blink_gain(const Person& person);

/// Mean distance of the neutral landmarks of two identities, cm.
double landmark_distance(const HeadModel& model, const Identity& a, const Identity& b);
/// The same of landmarks that were computed once: whoever compares many heads keeps them.
std::vector<Vec3> neutral_landmarks(const HeadModel& model, const Identity& identity);
double landmark_distance(const std::vector<Vec3>& a, const std::vector<Vec3>& b);

/// A coherent person from a seed: identity weights of which one number in [-1, 1], `femininity`, moves many together.
struct DrawnPerson {
  Identity identity;
  Appearance appearance;
  float femininity;
};
DrawnPerson draw_person(std::uint64_t seed);

}  // namespace dact::head
