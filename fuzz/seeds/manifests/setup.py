from setuptools import setup, find_packages
setup(name="a", version="1", install_requires=["x>=1", "y"], package_dir={"": "src"},
      extras_require={"t": ["z"]})
