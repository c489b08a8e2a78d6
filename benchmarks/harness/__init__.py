# SPDX-License-Identifier: BSD-3-Clause
"""What measures: workloads, processes that take turns, and what is made of their figures."""
