// SPDX-License-Identifier: BSD-3-Clause
//
// The line between the code that is compiled once (baseline x86-64) and the hot loops that are
// compiled once per instruction set. Only raw pointers and plain structs cross it: no std::
// template and no Eigen type, since the linker might keep the AVX-512 copy of one for everybody.
#pragma once

#include <stdint.h>

#include "laminar/activation.hpp"

namespace laminar::kernels {

/// C[m, n] (+)= A[m, k] B[k, n], then C = act(C + bias) or C = C * act'(a) on the way to memory.
///
/// One serial call on one part of a product; ops/gemm shares parts out among threads. A may have any
/// strides, B one of them 1: with b_row_stride == 1 (a transposed matrix) the kernel packs panels of
/// it on its stack. No stride is negative. m, n, k may be 0.
/// The bits of an element depend on the shape of the whole product and on which strides are 1, not on the part it is
/// in.
template <class T>
struct GemmArgs {
  int64_t m, n, k;
  const T* a;
  int64_t a_row_stride, a_column_stride;
  const T* b;
  int64_t b_row_stride, b_column_stride;
  T* c;
  int64_t c_row_stride;
  bool accumulate;        ///< add to C instead of writing it
  const T* bias;          ///< n numbers added to every row after the product, or null
  T* pre_activation;      ///< where z = A B + bias is kept as well (strides of C), or null
  Activation activation;  ///< element-wise, never softmax
  T slope;

  /// C *= derivative'(a): a tells it, not z (strides of C).
  Activation derivative = Activation::kLinear;
  T derivative_slope = T(0);
  const T* derivative_a = nullptr;

  T* b_sums = nullptr;  ///< b_sums[n] (+)= sum over k of B[k, n], or null
  bool add_b_sums = false;

  /// B as `pack` left it, in place of `b`; part [first_column, first_column + n) of packed_columns. A's columns have
  /// stride 1 then.
  const T* packed_b = nullptr;
  int64_t packed_columns = 0;
  int64_t first_column = 0;

  /// Of the product that this is a part of; 0 where it is whole.
  int64_t whole_m = 0, whole_n = 0;
};

/// a = act(z), element by element. `a` may be `z`.
template <class T>
struct ActivationArgs {
  int64_t n;
  Activation activation;
  T slope;
  const T* z;
  T* a;
};

/// dz (+)= da * act'(z). gelu, gelu_tanh and silu read z, all others only a. `dz` may be `da`.
template <class T>
struct ActivationBackwardArgs {
  int64_t n;
  Activation activation;
  T slope;
  const T* z;
  const T* a;
  const T* da;
  T* dz;
  bool accumulate;
};

/// Rows of logits z[rows, columns] that become probabilities p in place, with their losses.
/// Either labels (one of 0..columns-1 a row) or targets[rows, columns] is set, the other is null.
template <class T>
struct CrossEntropyArgs {
  int64_t rows, columns;
  T* z_to_p;
  const int32_t* labels;
  const T* targets;
  T* losses;  ///< one a row: log(sum exp z) - z_label, or sum_j y_j (log(sum exp z) - z_j)
};

/// dz[r, :] (+)= scales[r] (p[r, :] sum_j y_rj - y[r, :])
template <class T>
struct CrossEntropyBackwardArgs {
  int64_t rows, columns;
  const T* p;
  const int32_t* labels;
  const T* targets;
  const T* scales;
  T* dz;
  bool accumulate;
};

/// Logits z[rows, columns] become sigmoid(z) in place;
/// losses[r] = reduction * sum_c (max(z, 0) - z y + log(1 + exp(-|z|))).
template <class T>
struct BinaryCrossEntropyArgs {
  int64_t rows, columns;
  T* z_to_p;
  const T* targets;
  T reduction;
  T* losses;
  bool skip_missing = false;  ///< where y is NaN, nothing is added
};

/// Which random numbers: each (seed, stream, step, element) has its own.
struct RandomKey {
  uint64_t seed;
  uint32_t stream;
  uint64_t step;
};

/// y[i] (+)= keep(first_element + i) ? scale * x[i] : 0, with keep where u < threshold and u the
/// Philox4x32-10 number of that element (element e is word e % 4 of block e / 4). `y` may be `x`.
template <class T>
struct DropoutArgs {
  int64_t n;
  RandomKey key;
  int64_t first_element;  ///< a multiple of 4
  uint64_t threshold;     ///< round(keep_prob * 2^32), at most 2^32
  T scale;                ///< 1 / keep_prob
  const T* x;
  T* y;
  bool accumulate;
};

/// y[i] = x[i] + stddev z(first_element + i) with z standard normal, by Box and Muller. Elements come in units of 64,
/// made of the 64 Philox words w (as signed integers) of blocks 16 u to 16 u + 15: for i < 32
/// r = sqrt(-2 log max(2^-31 |w[i]|, 2^-32)), t = 2^-32 w[32 + i], z[i] = r cos(2 pi t), z[32 + i] = r sin(2 pi t).
/// `y` may be `x`.
template <class T>
struct GaussianNoiseArgs {
  int64_t n;
  RandomKey key;
  int64_t first_element;  ///< a multiple of 64
  T stddev;
  const T* x;
  T* y;
};

/// mean[c] = sum_r x[r, c] / rows;  squares[c] = sum_r (x[r, c] - mean[c])^2, in two passes, so that a mean far from 0
/// takes no digits from the squares. At least one row.
template <class T>
struct ColumnMomentsArgs {
  int64_t rows, columns;
  const T* x;
  int64_t row_stride;
  T* mean;
  T* squares;
};

/// y[r, c] (+)= (x[r, c] - center[c]) scale[c] + shift[c]. `center` and `shift` may be null, for 0; `y` may be `x`.
template <class T>
struct ScaleColumnsArgs {
  int64_t rows, columns;
  const T* x;
  const T* center;
  const T* scale;
  const T* shift;
  T* y;
  bool accumulate;
};

/// sums[c] = sum_r dy[r, c];  products[c] = sum_r dy[r, c] (x[r, c] - center[c])
template <class T>
struct ColumnProductsArgs {
  int64_t rows, columns;
  const T* x;
  const T* dy;
  int64_t row_stride;  ///< of x and dy
  const T* center;
  T* sums;
  T* products;
};

/// dx[r, c] (+)= a[c] dy[r, c] + b[c] (x[r, c] - center[c]) + shift[c]. `dx` may be `dy`.
template <class T>
struct CombineColumnsArgs {
  int64_t rows, columns;
  const T* x;
  const T* dy;
  const T* center;
  const T* a;
  const T* b;
  const T* shift;
  T* dx;
  bool accumulate;
};

/// By rows: y[c] = (x[c] - mean) s gamma[c] + beta[c] with s = 1 / sqrt(variance + epsilon). `gamma` and `beta` may be
/// null, for 1 and 0; `means` and `scales` (one mean and one s a row) too, if nobody wants them. `y` may be `x`.
template <class T>
struct LayerNormArgs {
  int64_t rows, columns;
  const T* x;
  const T* gamma;
  const T* beta;
  T epsilon;
  T* y;
  T* means;
  T* scales;
};

/// By rows, with u = (x - mean) s and g = dy gamma: dx (+)= s (g - mean(g) - u mean(g u));
/// over all of these rows d_gamma[c] = sum dy u, d_beta[c] = sum dy. `gamma`, `dx`, `d_gamma` and `d_beta` may be null;
/// `dx` may be `dy`.
template <class T>
struct LayerNormBackwardArgs {
  int64_t rows, columns;
  const T* x;
  const T* gamma;
  const T* means;
  const T* scales;
  const T* dy;
  T* dx;
  bool accumulate;
  T* d_gamma;
  T* d_beta;
};

/// g' = g + weight_decay w;  v = momentum v + (1 - dampening) g';
/// w -= rate (nesterov ? g' + momentum v : v).  Without momentum v is null and w -= rate g'.
template <class T>
struct SgdArgs {
  int64_t n;
  T* w;
  const T* g;
  T* v;
  T rate, momentum, dampening, weight_decay;
  bool nesterov;
};

/// m = beta_1 m + (1 - beta_1) g;  s = beta_2 s + (1 - beta_2) g^2;
/// w -= rate m^ / (sqrt(s^) + epsilon) with m^ = m / correction_1, s^ = s / correction_2
/// (epsilon_inside: sqrt(s^ + epsilon)); before it w -= rate weight_decay w (AdamW).
template <class T>
struct AdamArgs {
  int64_t n;
  T* w;
  const T* g;
  T* m;
  T* s;
  T rate, beta_1, beta_2, epsilon, weight_decay;
  T correction_1, correction_2;  ///< 1 - beta^t
  bool epsilon_inside;
};

/// s = rho s + (1 - rho) g^2;  h = centered ? max(0, s - a^2) with a = rho a + (1 - rho) g : s;
/// d = g / (sqrt(h) + epsilon) (epsilon_inside: sqrt(h + epsilon));
/// with momentum v = momentum v + d, w -= rate v; else w -= rate d.
template <class T>
struct RmspropArgs {
  int64_t n;
  T* w;
  const T* g;
  T* s;
  T* a;  ///< null unless centered
  T* v;  ///< null without momentum
  T rate, rho, epsilon, momentum;
  bool epsilon_inside;
};

/// s += g^2;  w -= rate g / (sqrt(s) + epsilon)
template <class T>
struct AdagradArgs {
  int64_t n;
  T* w;
  const T* g;
  T* s;
  T rate, epsilon;
};

/// The hot loops of one instruction set for one dtype. All are serial, none throws or allocates,
/// all pass NaN on.
template <class T>
struct Kernels {
  void (*gemm)(const GemmArgs<T>&);
  /// B[k, n] in the order in which gemm reads it fastest, k * n numbers.
  void (*pack)(int64_t k, int64_t n, const T* b, int64_t b_row_stride, T* packed);
  /// Parts of a product with a packed B of n columns begin at multiples of this.
  int64_t (*packed_unit)(int64_t k, int64_t n);

  void (*activate)(const ActivationArgs<T>&);
  void (*activate_backward)(const ActivationBackwardArgs<T>&);

  /// p[r, :] = softmax(z[r, :]); p may be z.
  void (*softmax)(int64_t rows, int64_t columns, const T* z, T* p);
  /// dz (+)= p (dp - sum_j dp_j p_j) by rows; dz may be dp.
  void (*softmax_backward)(int64_t rows, int64_t columns, const T* p, const T* dp, T* dz, bool accumulate);
  void (*cross_entropy)(const CrossEntropyArgs<T>&);
  void (*cross_entropy_backward)(const CrossEntropyBackwardArgs<T>&);
  void (*binary_cross_entropy)(const BinaryCrossEntropyArgs<T>&);

  /// out = x + y; out may be either.
  void (*add)(int64_t n, const T* x, const T* y, T* out);
  /// out[c] (+)= sum_r x[r, c], rows added in order.
  void (*column_sums)(int64_t rows, int64_t columns, const T* x, int64_t row_stride, T* out, bool accumulate);
  /// Sums in double; the order depends on n alone.
  double (*sum_of_squares)(int64_t n, const T* x);
  double (*sum_of_magnitudes)(int64_t n, const T* x);
  bool (*all_finite)(int64_t n, const T* x);
  /// g += l2 w + l1 sign(w), sign(0) = 0.
  void (*add_penalty_gradient)(int64_t n, T l1, T l2, const T* w, T* g);

  void (*dropout)(const DropoutArgs<T>&);
  void (*gaussian_noise)(const GaussianNoiseArgs<T>&);

  void (*column_moments)(const ColumnMomentsArgs<T>&);
  void (*scale_columns)(const ScaleColumnsArgs<T>&);
  void (*column_products)(const ColumnProductsArgs<T>&);
  void (*combine_columns)(const CombineColumnsArgs<T>&);
  void (*layer_norm)(const LayerNormArgs<T>&);
  void (*layer_norm_backward)(const LayerNormBackwardArgs<T>&);

  /// y = factor * x; y may be x.
  void (*scale)(int64_t n, T factor, const T* x, T* y);
  /// x = min(max(x, -limit), limit).
  void (*clip)(int64_t n, T limit, T* x);
  /// average += share * (x - average).
  void (*move_average)(int64_t n, T share, const T* x, T* average);

  void (*sgd)(const SgdArgs<T>&);
  void (*adam)(const AdamArgs<T>&);
  void (*rmsprop)(const RmspropArgs<T>&);
  void (*adagrad)(const AdagradArgs<T>&);
};

struct KernelTable {
  const char* isa;
  Kernels<float> f32;
  Kernels<double> f64;

  template <class T>
  const Kernels<T>& of() const;
};

template <>
inline const Kernels<float>& KernelTable::of<float>() const {
  return f32;
}
template <>
inline const Kernels<double>& KernelTable::of<double>() const {
  return f64;
}

// Each instruction set overrides the entries it has; those it lacks stay the generic ones.
namespace generic {
void fill(KernelTable& table);
/// Of the Eigen that these were compiled with: "3.4.0".
const char* eigen_version();
}  // namespace generic
namespace avx2 {
void fill(KernelTable& table);
}
namespace avx512 {
void fill(KernelTable& table);
}

}  // namespace laminar::kernels
