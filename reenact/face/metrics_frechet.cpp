#include <algorithm>
#include <cmath>

#include "reenact/face/metrics.hpp"
#include "tensor/error.hpp"
#include "tensor/parallel.hpp"
#include "tensor/sum.hpp"

namespace dact::face {
namespace frechet {

// A dense matrix, row-major.
struct Matrix {
  std::int64_t rows = 0, cols = 0;
  std::vector<double> v;
  Matrix(std::int64_t r, std::int64_t c)
      : rows(r), cols(c), v(static_cast<std::size_t>(r * c), 0.0) {}
  double* row(std::int64_t i) { return v.data() + i * cols; }
  const double* row(std::int64_t i) const { return v.data() + i * cols; }
};

double inner(const double* a, const double* b, std::int64_t n) {
  return lane_sum<double>(n, [&](std::int64_t i) { return a[i] * b[i]; });
}

Matrix transposed(const Matrix& m) {
  Matrix t(m.cols, m.rows);
  for (std::int64_t i = 0; i < m.rows; ++i)
    for (std::int64_t j = 0; j < m.cols; ++j) t.row(j)[i] = m.row(i)[j];
  return t;
}

// Turns x into the vector u of the reflection I - u u' (|u|^2 = 2, or u = 0) that maps it to (d, 0, .., 0), and gives d.
// d and x_0 have opposite signs, so nothing cancels.
double reflection(double* x, std::int64_t n) {
  double largest = 0;  // scaled by it: no square over- or underflows
  for (std::int64_t i = 0; i < n; ++i) largest = std::max(largest, std::fabs(x[i]));
  if (largest == 0) return 0;
  for (std::int64_t i = 0; i < n; ++i) x[i] /= largest;
  const double length = std::sqrt(inner(x, x, n));
  const double d = x[0] > 0 ? -length : length;
  x[0] -= d;
  const double scale = std::sqrt(2.0) / std::sqrt(inner(x, x, n));
  for (std::int64_t i = 0; i < n; ++i) x[i] *= scale;
  return d * largest;
}

// x -= u <u, x>
void reflect(const double* u, double* x, std::int64_t n) {
  const double s = inner(u, x, n);
  for (std::int64_t j = 0; j < n; ++j) x[j] -= s * u[j];
}

// For the parts from `from` on of the rows [begin, m.rows).
void reflect_rows(Matrix& m, std::int64_t begin, std::int64_t from, const double* u) {
  constexpr std::int64_t kGrain = 16;
  parallel_ranges(m.rows - begin, kGrain, [&](std::int64_t a, std::int64_t b) {
    for (std::int64_t i = begin + a; i < begin + b; ++i) reflect(u, m.row(i) + from, m.cols - from);
  });
}

// R' of X = Q R, [D, min(N, D)], so that R' R = X' X. `columns` is X', [D, N]: its rows are the columns of X. Columns
// are taken in blocks, so that the reflections before a block pass through the cache once for all of it; each column
// meets them in ascending order.
Matrix triangle(Matrix columns) {
  const std::int64_t d = columns.rows, n = columns.cols;
  if (n <= d) return columns;
  constexpr std::int64_t kBlock = 32, kShare = 8;  // columns; of a block, per piece of work
  std::vector<double> diagonal;
  for (std::int64_t first = 0; first < d; first += kBlock) {
    const std::int64_t end = std::min(first + kBlock, d);
    parallel_ranges(end - first, kShare, [&](std::int64_t a, std::int64_t b) {
      for (std::int64_t k = 0; k < first; ++k)
        for (std::int64_t i = first + a; i < first + b; ++i)
          reflect(columns.row(k) + k, columns.row(i) + k, n - k);
    });
    for (std::int64_t k = first; k < end; ++k) {
      diagonal.push_back(reflection(columns.row(k) + k, n - k));
      for (std::int64_t i = k + 1; i < end; ++i)
        reflect(columns.row(k) + k, columns.row(i) + k, n - k);
    }
  }
  Matrix r(d, d);
  for (std::int64_t k = 0; k < d; ++k) {
    std::copy_n(columns.row(k), k, r.row(k));
    r.row(k)[k] = diagonal[static_cast<std::size_t>(k)];
  }
  return r;
}

// Diagonal and superdiagonal, alternating: d_0, e_0, d_1, e_1, ... of the bidiagonal form.
std::vector<double> bidiagonal(Matrix m) {
  if (m.rows < m.cols) m = transposed(m);
  std::vector<double> entries;
  Matrix t = transposed(m);  // [cols, rows]: the columns of m, one to a row
  for (std::int64_t k = 0; k < t.rows; ++k) {
    // column k: rows below k are reflected away
    double* u = t.row(k) + k;
    entries.push_back(reflection(u, t.cols - k));
    reflect_rows(t, k + 1, k, u);
    if (k + 1 == t.rows) break;
    // row k: the same from the right, on columns k + 1 ..
    std::vector<double> w(static_cast<std::size_t>(t.rows - k - 1));
    for (std::int64_t j = k + 1; j < t.rows; ++j)
      w[static_cast<std::size_t>(j - k - 1)] = t.row(j)[k];
    entries.push_back(reflection(w.data(), t.rows - k - 1));
    // m (I - w w'): with s = m w, column j loses s w_j
    std::vector<double> s(static_cast<std::size_t>(t.cols));
    constexpr std::int64_t kGrain = 64;
    parallel_ranges(t.cols - k - 1, kGrain, [&](std::int64_t a, std::int64_t b) {
      for (std::int64_t j = k + 1; j < t.rows; ++j)  // a chain over j for each element
        for (std::int64_t i = k + 1 + a; i < k + 1 + b; ++i)
          s[static_cast<std::size_t>(i)] += w[static_cast<std::size_t>(j - k - 1)] * t.row(j)[i];
      for (std::int64_t j = k + 1; j < t.rows; ++j)
        for (std::int64_t i = k + 1 + a; i < k + 1 + b; ++i)
          t.row(j)[i] -= s[static_cast<std::size_t>(i)] * w[static_cast<std::size_t>(j - k - 1)];
    });
  }
  return entries;
}

// How many eigenvalues of the symmetric tridiagonal matrix with zero diagonal and the given off-diagonal lie below x.
std::int64_t count_below(const std::vector<double>& off, double x, double tiny) {
  std::int64_t below = 0;
  double pivot = -x;
  for (std::size_t i = 0;; ++i) {
    if (std::fabs(pivot) < tiny) pivot = -tiny;
    if (pivot < 0) ++below;
    if (i == off.size()) return below;
    pivot = -x - off[i] * (off[i] / pivot);
  }
}

// Sum of the singular values of m. Those of a bidiagonal matrix are the non-negative eigenvalues of the tridiagonal one
// with zero diagonal and its entries, d and e alternating, beside it (Golub and Kahan 1965); each is found by bisection.
double singular_value_sum(const Matrix& m) {
  const std::vector<double> off = bidiagonal(m);
  const std::int64_t n = static_cast<std::int64_t>(off.size() + 1) / 2;
  double bound = 0;  // Gershgorin
  for (std::size_t i = 0; i <= off.size(); ++i)
    bound = std::max(
        bound, (i > 0 ? std::fabs(off[i - 1]) : 0) + (i < off.size() ? std::fabs(off[i]) : 0));
  if (bound == 0) return 0;
  const double tiny = bound * 1e-290 > 1e-300 ? bound * 1e-290 : 1e-300;
  std::vector<double> value(static_cast<std::size_t>(n));
  parallel_ranges(n, 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t k = begin; k < end; ++k) {
      double lo = 0, hi = bound;
      constexpr int kHalvings = 60;  // beyond the 53 bits of bound
      for (int i = 0; i < kHalvings; ++i) {
        const double mid = (lo + hi) / 2;
        (count_below(off, mid, tiny) > n + k ? hi : lo) = mid;
      }
      value[static_cast<std::size_t>(k)] = (lo + hi) / 2;
    }
  });
  return lane_sum<double>(n, [&](std::int64_t k) { return value[static_cast<std::size_t>(k)]; });
}

// Mean over samples, and the centred samples over sqrt(N - 1), transposed: [D, N].
struct Spread {
  std::vector<double> mean;
  Matrix columns;
};

Spread spread_of(std::string_view operand, const Tensor& x) {
  require_defined("frechet_distance", operand, x);
  require_float("frechet_distance", operand, x);
  require_rank("frechet_distance", operand, x, 2);
  const std::int64_t n = x.size(0), d = x.size(1);
  if (n < 2 || d < 1)
    throw ShapeError("frechet_distance",
                     std::string(operand) + " must be [N, D] with N >= 2, D >= 1, got " + x.str());
  Spread s{{}, Matrix(d, n)};
  s.columns.v = x.transposed(0, 1).to(DType::f64).to_vector<double>();
  if (!std::all_of(s.columns.v.begin(), s.columns.v.end(),
                   [](double v) { return std::isfinite(v); }))
    throw NumericError("frechet_distance",
                       std::string(operand) + " must be finite, got NaN or infinity in " + x.str());
  for (std::int64_t j = 0; j < d; ++j) {
    double* column = s.columns.row(j);
    const double mean =
        lane_sum<double>(n, [&](std::int64_t i) { return column[i]; }) / static_cast<double>(n);
    s.mean.push_back(mean);
    for (std::int64_t i = 0; i < n; ++i)
      column[i] = (column[i] - mean) / std::sqrt(static_cast<double>(n - 1));
  }
  return s;
}

// X Y' from X' and Y'
Matrix product(const Matrix& x_columns, const Matrix& y_columns) {
  const Matrix x = transposed(x_columns), y = transposed(y_columns);
  Matrix m(x.rows, y.rows);
  constexpr std::int64_t kShare = 16;  // rows of x that meet a row of y in the cache
  parallel_ranges(x.rows, kShare, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t first = begin; first < end; first += kShare)
      for (std::int64_t j = 0; j < y.rows; ++j)
        for (std::int64_t i = first; i < std::min(first + kShare, end); ++i)
          m.row(i)[j] = inner(x.row(i), y.row(j), x.cols);
  });
  return m;
}

double sum_of_squares(const std::vector<double>& v) {
  return inner(v.data(), v.data(), static_cast<std::int64_t>(v.size()));
}

}  // namespace frechet

double frechet_distance(const Tensor& a, const Tensor& b) {
  auto x = frechet::spread_of("a", a), y = frechet::spread_of("b", b);
  if (a.size(1) != b.size(1))
    throw ShapeError("frechet_distance",
                     "a and b must have as many features, got " + a.str() + " and " + b.str());
  std::vector<double> apart;
  for (std::size_t j = 0; j < x.mean.size(); ++j) apart.push_back(x.mean[j] - y.mean[j]);
  const double traces = frechet::sum_of_squares(x.columns.v) + frechet::sum_of_squares(y.columns.v);
  const auto r_x = frechet::triangle(std::move(x.columns));
  const auto r_y = frechet::triangle(std::move(y.columns));
  const double root = frechet::singular_value_sum(frechet::product(r_x, r_y));
  return frechet::sum_of_squares(apart) + (traces - 2 * root);
}

}  // namespace dact::face
