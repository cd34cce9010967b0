# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
# Thin: every target is a script, so that each also runs without make. PYTHON chooses the interpreter, and ROS_DISTRO the
# ROS 2 distribution (docs/building.md).

.PHONY: help run test test-v4l2 test-hosts bench soak policy lint audit colcon-check docs docs-images docs-site clean

help:
	@echo 'make run           install into .venv, start the node on the simulated camera, take a photo'
	@echo 'make test          style, types and all tests'
	@echo 'make test-v4l2     Linux cameras under real kernel drivers, in a virtual machine'
	@echo 'make test-hosts    a camera and its clients on two machines, with packets lost; needs root'
	@echo 'make bench         streams: what arrives, how late, what it costs; about 8 minutes, files in output/bench'
	@echo 'make soak          a node for MINUTES=30: streams, photos, faults, restarts; fails if what it holds grows'
	@echo 'make lint          style and types only'
	@echo 'make audit         what the wheel needs, with versions and licences; fails on the GPL at run time'
	@echo 'make docs-images   draw the pictures in docs/images anew'
	@echo 'make colcon-check  build and test in a colcon workspace, as ROS users do'
	@echo 'make docs          write what the documentation derives from the code'
	@echo 'make docs-site     the documentation as a site, in build/site'
	@echo 'make policy        write config/sros2/camera.policy.xml from the interface that the node has'
	@echo 'make clean         remove environments and builds; pictures in output/ stay'
	@echo
	@echo 'With ROS_DISTRO=jazzy (make run ROS_DISTRO=jazzy) on the wheels of ROS 2 Jazzy, in .venv-jazzy; without on those of'
	@echo 'Kilted, in .venv. A sourced ROS installation sets this variable, too.'

run:
	@bash scripts/run.sh

test:
	@bash scripts/test.sh

test-v4l2:
	@bash scripts/test_v4l2.sh

test-hosts:
	@bash scripts/test_hosts.sh

bench:
	@bash scripts/bench.sh

soak:
	@bash scripts/soak.sh $(if $(MINUTES),--minutes $(MINUTES))

lint:
	@bash scripts/lint.sh

audit:
	@$(or $(wildcard .venv/bin/python),python3) scripts/audit.py

docs-images:
	@bash scripts/docs_images.sh

colcon-check:
	@bash scripts/colcon_check.sh

docs:
	@PYTHONPATH=.:$$PYTHONPATH $(or $(wildcard .venv/bin/python),python3) scripts/reference.py
	@$(or $(wildcard .venv/bin/python),python3) scripts/layers.py

docs-site:
	@bash scripts/docs_site.sh

policy:
	@$(or $(wildcard .venv/bin/python),python3) scripts/sros2_policy.py

clean:
	rm -rf build dist install log .venv .venv-jazzy .venv-colcon .venv-colcon-jazzy .venv-docs .mypy_cache .pytest_cache .ruff_cache .hypothesis *.egg-info
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
