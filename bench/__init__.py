"""Ratios of speed, all measured in one run, so that a busy machine cannot blur them."""
