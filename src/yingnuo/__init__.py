"""Yingnuo 应诺: every customer is promised an answer, and the company can prove that it kept its word."""

__version__ = "0.1.0"
