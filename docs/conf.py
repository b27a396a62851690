"""How Sphinx builds these pages."""

project = "Kaizen CRM"
author = "The Kaizen CRM developers"
copyright = "2026, the Kaizen CRM developers"
extensions = ["myst_parser"]
source_suffix = {".md": "markdown"}
exclude_patterns = ["_build"]
html_theme = "furo"
html_title = "Kaizen CRM"
html_static_path = ["static"]
html_css_files = ["wrap.css"]
myst_heading_anchors = 3
myst_enable_extensions = ["colon_fence"]
