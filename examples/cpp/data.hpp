// SPDX-License-Identifier: BSD-3-Clause
//
// Readers for the two formats that data for a first try often comes in.
#pragma once

#include <Eigen/Core>
#include <filesystem>

/// One example a row; labels count from 0.
struct Examples {
  Eigen::MatrixXf x;
  Eigen::VectorXi labels;
};

struct Data {
  Examples train;
  Examples test;
};

/// Numbers separated by commas, the label in the last column; a first line of names is skipped. Every fifth row is kept
/// for the test.
Data read_csv(const std::filesystem::path& path);

/// A folder in which MNIST's four files lie, unpacked: train-images-idx3-ubyte and so on. Pixels become 0 to 1.
Data read_idx(const std::filesystem::path& folder);

/// Two spirals that no straight line separates, as CSV.
void write_spirals(const std::filesystem::path& path, int points_per_spiral);
