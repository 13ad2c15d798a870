//! `cargo xtask estate`: the bundled example, one day of an invented company in three clouds.
//!
//! [`world`] is the company, [`traffic`] its ordinary day, [`story`] what was not ordinary. Both
//! make [`traffic::Conversation`]s; the emitters tell each conversation the way their cloud would.

mod emit_aws;
mod emit_azure;
mod emit_gcp;
mod emit_mirror;
mod emit_tgw;
mod guide;
mod split;
mod story;
mod traffic;
mod world;

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::Context;
use flate2::Compression;
use flate2::write::GzEncoder;
use world::World;

/// Write the bundled example estate.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// The same seed gives the same estate.
    #[arg(long, default_value_t = 7)]
    seed: u64,
    /// Folder to write; what is in it already is replaced.
    #[arg(long, default_value = "examples/estate")]
    out: PathBuf,
}

/// Content by path. What is to be gzipped (by its name) is plain here.
type Files = BTreeMap<String, Vec<u8>>;

/// Writes the estate.
pub(crate) fn run(args: &Args) -> anyhow::Result<()> {
    let files = build(args.seed)?;
    if args.out.join("story.json").exists() {
        fs::remove_dir_all(&args.out).with_context(|| format!("cannot replace {}", args.out.display()))?;
    }
    for (name, content) in &files {
        let path = args.out.join(name);
        write(&path, content).with_context(|| format!("cannot write {}", path.display()))?;
    }
    eprintln!("{} files under {}", files.len(), args.out.display());
    Ok(())
}

fn write(path: &Path, content: &[u8]) -> anyhow::Result<()> {
    fs::create_dir_all(path.parent().unwrap_or(Path::new(".")))?;
    if path.extension().is_none_or(|extension| extension != "gz") {
        return Ok(fs::write(path, content)?);
    }
    let mut packed = GzEncoder::new(fs::File::create(path)?, Compression::best());
    packed.write_all(content)?;
    packed.finish()?;
    Ok(())
}

/// Makes every file of the estate.
fn build(seed: u64) -> anyhow::Result<Files> {
    let world = World::new();
    let mut traffic = traffic::ordinary_day(seed);
    let events = story::play(&mut traffic, seed);
    let mut conversations = traffic.conversations;
    conversations.sort_by_key(|c| (c.start, c.client, c.server, c.client_port, c.server_port));
    let mut files = Files::new();
    emit_aws::emit(&world, &conversations, &mut files);
    emit_tgw::emit(&conversations, &mut files);
    emit_azure::emit(&world, &conversations, &mut files);
    emit_gcp::emit(&world, &conversations, seed, &mut files);
    emit_mirror::emit(&conversations, seed, &mut files)?;
    guide::emit(&events, &mut files);
    Ok(files)
}

#[cfg(test)]
mod tests;
