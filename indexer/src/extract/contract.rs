//! Which files were generated from an OpenAPI document, as their first lines say. Such clients are read
//! although they are generated: they say what is asked of other services.

/// Bytes at the beginning of a file among which a generator says what it is.
const HEADER: usize = 2048;

/// Whether a file's header says that it was generated from an OpenAPI document.
pub fn is_from_contract(source: &str) -> bool {
    let header = &source.as_bytes()[..source.len().min(HEADER)];
    let has = |word: &[u8]| header.windows(word.len()).any(|it| it.eq_ignore_ascii_case(word));
    has(b"generat") && GENERATORS.iter().any(|generator| has(generator.as_bytes()))
}

/// What generators of clients call themselves.
const GENERATORS: [&str; 12] = [
    "@hey-api",
    "kiota",
    "nswag",
    "oapi-codegen",
    "openapi generator",
    "openapi-generator",
    "openapi-python-client",
    "openapi-typescript-codegen",
    "orval",
    "swagger codegen",
    "swagger-codegen",
    "swagger-typescript-api",
];
