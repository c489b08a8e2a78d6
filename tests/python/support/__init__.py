# SPDX-License-Identifier: BSD-3-Clause
"""What tests share: a NumPy reference, the tables of records that drive them, small networks."""
