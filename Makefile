# make help shows what there is. Everything runs in .venv, made from requirements.lock.
SHELL := /bin/sh
PYTHON ?= $(shell command -v python3.11 2>/dev/null || command -v python3 2>/dev/null || echo python3)
PORT ?= 8000
export PORT

TONGZHOU := .venv/bin/python -m tongzhou.config.cli
ARGS ?=

.PHONY: help env run test check fix seed bench bench-quick new-module openapi messages sbom lock
.DEFAULT_GOAL := help

help: ## 显示这些目标 · show these targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

env: ## 准备 .venv · make or refresh .venv
	@"$(PYTHON)" tools/environment.py

run: env ## 启动全部，PORT=8000 · run everything; DEMO=0 for no demo data
	@$(TONGZHOU) run $(if $(filter 0,$(DEMO)),--no-demo)

test: env ## 全部检查和测试 · all checks and tests; ARGS='path -k word' for some
	@$(TONGZHOU) test $(ARGS)

check: env ## 静态检查和测试（不含浏览器） · static checks and tests, no browser
	@$(TONGZHOU) check

fix: env ## 自动整理代码 · mend what ruff can mend
	@.venv/bin/ruff check --fix --quiet . ; .venv/bin/ruff format .

seed: env ## 载入演示数据 · load the demonstration data
	@$(TONGZHOU) manage migrate --verbosity 0
	@$(TONGZHOU) demo

bench: env ## 性能测量及其限值 · benchmarks beside their limits
	@.venv/bin/python -m bench $(ARGS)

bench-quick: env ## 小规模测量，只看错误，不看用时 · on a small register; errors fail, times do not
	@.venv/bin/python -m bench --quick $(ARGS)

new-module: env ## 新建模块 NAME=… · scaffold a module
	@.venv/bin/python tools/new_module.py "$(NAME)"

openapi: env ## 更新接口文档 · rewrite docs/api/openapi.json
	@mkdir -p docs/api
	@$(TONGZHOU) manage spectacular --format openapi-json --validate --file docs/api/openapi.json

messages: env ## 英文译文检查 · list messages without English
	@.venv/bin/python tools/messages.py check

sbom: env ## 软件物料清单 dist/sbom.json · bill of materials, and docs/licences.md
	@.venv/bin/python tools/supply.py sbom
	@.venv/bin/python tools/supply.py licences && .venv/bin/python tools/supply.py check

lock: env ## 更新 requirements.lock · pin requirements.in anew
	@CUSTOM_COMPILE_COMMAND="make lock" .venv/bin/pip-compile --quiet --generate-hashes --allow-unsafe \
	  --strip-extras --no-emit-index-url --no-emit-find-links --no-emit-trusted-host --no-emit-options \
	  --output-file requirements.lock requirements.in $(ARGS)
