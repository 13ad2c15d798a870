//! Suricata's command line and configuration: what they say becomes settings of our engine.
//!
//! What is not understood is named ([`Remark`]), never passed over in silence.
//! Knows nothing of: how packets are decoded or EVE is written.
//! Start at: [`Arguments`] (the command line), [`run`] (a whole run), [`Settings`] (`suricata.yaml` and `--set`).

mod arguments;
mod file_store;
mod outputs;
mod rule_files;
mod run;
mod scanning;
mod settings;
mod settings_files;
mod streams;

pub use arguments::Arguments;
pub use rule_files::{Rules, load as load_rules};
pub use run::{Failure, Outcome, Remark, run};
pub use scanning::scanning_rules;
pub use settings::Settings;
