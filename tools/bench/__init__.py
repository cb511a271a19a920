"""``./dev bench``: prints what the product promises about speed, measured on this machine now.

Figures are medians over rounds; machines are noisy, so nothing here ever fails a build.
"""
