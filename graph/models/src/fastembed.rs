//! A transformer on this machine, run by ONNX Runtime through fastembed.
//!
//! The user brings both: a folder with `model.onnx` and `tokenizer.json` (as sentence-transformers
//! exports them), and the runtime's library. fastembed panics when it cannot load the library, so
//! it is loaded here first, where failing is an error that says what to do.
//!
//! Texts are run one at a time, several sessions side by side with one thread each: on a processor
//! a batch gains nothing over that, it pads short texts to the longest, and with dynamically
//! quantised models a vector would depend on the other texts of its batch.

use crate::error;
use fastembed::{
    InitOptionsUserDefined, Pooling, TextEmbedding, TokenizerFiles, UserDefinedEmbeddingModel,
};
use qf_graph::embed::static_model::normalise;
use qf_graph::embed::{EmbedError, Embedder};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// The variable that names the runtime's library.
pub const LIBRARY_VARIABLE: &str = "ORT_DYLIB_PATH";
/// Tokens of a text that are read: cost grows faster than length, and the name and the signature
/// come first.
const TOKENS: usize = 256;
/// Most sessions: each holds the model's weights.
const SESSIONS: usize = 4;

/// A transformer on this machine.
pub struct LocalModel {
    name: String,
    dimensions: usize,
    query_prefix: String,
    document_prefix: String,
    definition: UserDefinedEmbeddingModel,
    /// Sessions that nobody uses at the moment.
    idle: Mutex<Vec<TextEmbedding>>,
}

/// What `ORT_DYLIB_PATH` names.
pub fn library_from_environment() -> Option<PathBuf> {
    std::env::var_os(LIBRARY_VARIABLE).filter(|path| !path.is_empty()).map(PathBuf::from)
}

impl LocalModel {
    /// Opens the model in `folder`. Without `library` the system's own ONNX Runtime is tried.
    pub fn open(folder: &Path, library: Option<&Path>) -> Result<Self, EmbedError> {
        let onnx = required(folder, "model.onnx")?;
        let tokenizer = required(folder, "tokenizer.json")?;
        load_library(library)?;
        let fingerprint = blake3::hash(&onnx).to_hex();
        let title = folder
            .file_name()
            .map_or_else(|| "model".to_owned(), |name| name.to_string_lossy().into_owned());
        let files = TokenizerFiles {
            tokenizer_file: tokenizer,
            config_file: optional(folder, "config.json", "{}"),
            special_tokens_map_file: optional(folder, "special_tokens_map.json", "{}"),
            tokenizer_config_file: optional(
                folder,
                "tokenizer_config.json",
                r#"{"model_max_length": 512, "pad_token": "[PAD]"}"#,
            ),
        };
        let definition = UserDefinedEmbeddingModel::new(onnx, files).with_pooling(pooling(folder));
        let mut model = Self {
            name: format!("onnx:{title}:{}", &fingerprint[..16]),
            dimensions: 0,
            query_prefix: prompt(folder, &["query"]),
            document_prefix: prompt(folder, &["document", "passage"]),
            definition,
            idle: Mutex::new(Vec::new()),
        };
        // Asked once, so that a model which does not embed texts is found out here.
        model.dimensions = model.embed("dimensions")?.len();
        Ok(model)
    }

    fn session(&self) -> Result<TextEmbedding, EmbedError> {
        let options = InitOptionsUserDefined::new().with_max_length(TOKENS).with_intra_threads(1);
        TextEmbedding::try_new_from_user_defined(self.definition.clone(), options).map_err(
            |problem| {
                error(
                    format!("ONNX Runtime cannot open model `{}`: {problem}", self.name),
                    "export it again: `optimum-cli export onnx --task feature-extraction` writes \
                     the files that are needed",
                )
            },
        )
    }

    fn embed(&self, text: &str) -> Result<Vec<f32>, EmbedError> {
        let idle = || self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let taken = idle().pop();
        let mut session = match taken {
            Some(session) => session,
            None => self.session()?,
        };
        let vectors = session.embed([text], Some(1));
        idle().push(session);
        let hint = "the model must turn token ids and an attention mask into vectors of tokens";
        let mut vector = vectors
            .map_err(|problem| error(format!("model `{}`: {problem}", self.name), hint))?
            .pop()
            .unwrap_or_default();
        if vector.is_empty() || vector.iter().any(|value| !value.is_finite()) {
            return Err(error(format!("model `{}` made no usable vector", self.name), hint));
        }
        normalise(&mut vector);
        Ok(vector)
    }
}

impl Embedder for LocalModel {
    fn name(&self) -> &str {
        &self.name
    }

    fn dimensions(&self) -> usize {
        self.dimensions
    }

    fn query(&self, text: &str) -> Result<Vec<f32>, EmbedError> {
        self.embed(&format!("{}{text}", self.query_prefix))
    }

    fn documents(&self, texts: &[String]) -> Result<Vec<Vec<f32>>, EmbedError> {
        let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let share = texts.len().div_ceil(threads.min(SESSIONS)).max(1);
        let one = |text: &String| self.embed(&format!("{}{text}", self.document_prefix));
        let parts: Vec<Result<Vec<Vec<f32>>, EmbedError>> = std::thread::scope(|scope| {
            let running: Vec<_> = texts
                .chunks(share)
                .map(|part| scope.spawn(move || part.iter().map(one).collect()))
                .collect();
            let stopped = |_| Err(error("a thread of ONNX Runtime stopped", "run it again"));
            running.into_iter().map(|thread| thread.join().unwrap_or_else(stopped)).collect()
        });
        let mut vectors = Vec::with_capacity(texts.len());
        for part in parts {
            vectors.extend(part?);
        }
        Ok(vectors)
    }
}

/// Loads the library that everything else needs; once a process.
fn load_library(library: Option<&Path>) -> Result<(), EmbedError> {
    let remedy = format!(
        "install ONNX Runtime and put the path of its library into {LIBRARY_VARIABLE}; \
         `pip download onnxruntime` has it as onnxruntime/capi/libonnxruntime.so.*"
    );
    if let Some(path) = library.filter(|path| !path.is_file()) {
        let shown = path.display();
        return Err(error(format!("there is no ONNX Runtime library {shown}"), remedy));
    }
    let own =
        format!("{}onnxruntime{}", std::env::consts::DLL_PREFIX, std::env::consts::DLL_SUFFIX);
    let path = library.unwrap_or(Path::new(&own));
    match ort::init_from(path) {
        // fastembed makes the environment itself, of the library that is now loaded.
        Ok(_) => Ok(()),
        Err(problem) => Err(error(format!("ONNX Runtime cannot be loaded: {problem}"), remedy)),
    }
}

fn required(folder: &Path, name: &str) -> Result<Vec<u8>, EmbedError> {
    let path = folder.join(name);
    std::fs::read(&path).map_err(|problem| {
        error(
            format!("{}: {problem}", path.display()),
            "QF_EMBEDDER=fastembed:FOLDER needs a folder with model.onnx and tokenizer.json, as \
             `optimum-cli export onnx` writes it",
        )
    })
}

fn optional(folder: &Path, name: &str, otherwise: &str) -> Vec<u8> {
    std::fs::read(folder.join(name)).unwrap_or_else(|_| otherwise.as_bytes().to_vec())
}

fn json(folder: &Path, name: &str) -> serde_json::Value {
    serde_json::from_slice(&optional(folder, name, "{}")).unwrap_or_default()
}

/// How token vectors become one: as sentence-transformers wrote it down, else their mean.
fn pooling(folder: &Path) -> Pooling {
    let first = json(folder, "1_Pooling/config.json")["pooling_mode_cls_token"].as_bool();
    if first == Some(true) { Pooling::Cls } else { Pooling::Mean }
}

/// What the model wants in front of a text, as sentence-transformers wrote it down.
fn prompt(folder: &Path, names: &[&str]) -> String {
    let prompts = json(folder, "config_sentence_transformers.json");
    let found = names.iter().find_map(|name| prompts["prompts"][name].as_str());
    found.unwrap_or_default().to_owned()
}
