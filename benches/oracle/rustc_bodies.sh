#!/bin/bash
# RUSTC_WRAPPER: before a crate below $CRATES is checked, its typed bodies (THIR) are printed and filtered.
case "$CARGO_MANIFEST_DIR" in
  "$CRATES"/*) if [[ " $* " == *" --crate-type lib "* && " $* " != *" --cap-lints "*"--cfg test"* ]]; then
    keep=() skip=
    for argument in "${@:2}"; do
      if [[ $skip ]]; then skip=; continue; fi
      case $argument in --out-dir) skip=1;; --emit=*|--error-format=*|--json=*|--diagnostic-width=*|-Zunpretty*) ;; *) keep+=("$argument");; esac
    done
    RUSTC_BOOTSTRAP=1 "$1" "${keep[@]}" --cap-lints allow -Zunpretty=thir-tree 2>"$BODIES/$CARGO_PKG_NAME.err" |
      sed -E 's/^ +//' | grep -E '^(DefId\(0|ty: FnDef|from_hir_call: true|fn_span: |span: |did: DefId|variants: |variant_index: |Adt \{)' > "$BODIES/$CARGO_PKG_NAME.txt"
  fi;;
esac
exec "$@"
