# make demo, make test: each sets up what it needs in .venv, and is fast the second time.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin
TREE := $(BIN)/python -m engine run --resume --out sample_runs/trees
export PYTHONPATH := $(CURDIR)

.PHONY: demo test samples screenshots bench bench-gpu clean

demo: .venv/demo.stamp
	$(BIN)/streamlit run app/main.py

test: .venv/test.stamp
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/python -m pytest -n 2 --dist loadfile

# The sample runs, made again with the shipped models; what is there already is kept.
samples: .venv/demo.stamp
	$(BIN)/python -m engine sweep sample_runs/tot-100-sweep.toml --out sample_runs/tot-100-sweep --pack
	$(BIN)/python -m engine sweep sample_runs/naive-prm.toml --out sample_runs/naive-prm --pack
	$(BIN)/python -m engine sweep sample_runs/countdown-200.toml --out sample_runs/countdown-200 --pack
	$(BIN)/python -m engine sweep sample_runs/stories-sweep.toml --out sample_runs/stories-sweep --pack
	$(TREE)/dropped --question "Make 24 from 6 6 7 12" --strategy beam --n 4 \
	  --note "Why did this search fail? The only step that could still win was there, and was dropped."
	$(TREE)/fooled --question "Make 24 from 6 7 8 9" --strategy beam --n 16 --prm countdown-prm-naive \
	  --note "How is a reward model fooled? This one has only seen legal steps, and loves 120 / 7 = 24."
	$(TREE)/went-back --question "Make 24 from 4 6 6 9" --strategy mcts --n 16 \
	  --note "Can a search change its mind? MCTS digs where rewards are high, gives up, and goes back."
	$(TREE)/fractions --question "Make 24 from 1 4 5 6" --strategy mcts --n 64 \
	  --note "Is there an idea the policy hardly ever has? This puzzle can't be solved without a fraction."
	$(TREE)/outvoted --task word-problems --problem stories-100-037 --strategy weighted-best-of-n --n 16 \
	  --note "Who is right, the most or the surest? A wrong answer has more votes; the votes that count more win."
	$(TREE)/story --task word-problems --problem stories-100-037 --strategy beam --n 16 \
	  --note "What is there to check in a story? Numbers that have nothing to do with the question, and when things happen."

screenshots: .venv/test.stamp
	$(BIN)/python docs/screenshots.py

bench: .venv/test.stamp
	$(BIN)/python -m bench

# The CUDA path, with models of real shape and random weights; needs a GPU of 24 GB or more.
bench-gpu: .venv/test.stamp
	$(BIN)/python -m bench gpu

clean:
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Arbutus needs Python 3.11 or newer; set PYTHON=/path/to/python3.11")'
	$(PYTHON) -m venv .venv

.venv/demo.stamp: requirements.txt | .venv/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

.venv/test.stamp: requirements.txt requirements-dev.txt | .venv/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $@ .venv/demo.stamp
