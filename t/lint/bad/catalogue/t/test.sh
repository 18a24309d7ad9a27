# SPDX-License-Identifier: GPL-2.0-or-later
tap_ok "A5: there" true
