//! Where files of backups may lie: directly in `dump` or `log` of the directory that a node has, or had, below a backup
//! root of the local configuration. Whatever a row says, nothing else is ever touched (trap 13).

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::path::{Component, Path, PathBuf};

use pgbackman_core::catalogue::backups::leftovers::BackupDirectory;
use pgbackman_core::config::BackupServerSection;
use pgbackman_core::config::trust::{TrustError, check_backup_path};
use pgbackman_core::domain::ids::NodeId;
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Which directory of a node a file belongs in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Part {
    /// Archives, roles, settings, manifests.
    Dump,
    /// Logs.
    Log,
}

impl Part {
    /// Its name in the node's directory.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Dump => "dump",
            Self::Log => "log",
        }
    }
}

/// One directory that files may be deleted from.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Area {
    /// The backup root, which only the local configuration names.
    pub root: PathBuf,
    /// The way from there, without `.` and `..`.
    pub relative: PathBuf,
    /// Whether its node is in the catalogue: then the directory must be there, or nothing is certain.
    pub expected: bool,
    /// Why it may not be the directory that it was: nothing is certain then either.
    pub doubt: Option<String>,
}

impl Area {
    /// The whole path.
    pub fn path(&self) -> PathBuf {
        self.root.join(&self.relative)
    }
}

/// A file of a row, as an entry of a directory that it may be in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spot {
    /// The directory.
    pub area: Area,
    /// The name in it.
    pub name: OsString,
}

impl Spot {
    /// The whole path.
    pub fn path(&self) -> PathBuf {
        self.area.path().join(&self.name)
    }
}

/// Why nothing at a path may be touched.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{} {why}", shown(path))]
pub struct NoSpot {
    /// The path.
    pub path: PathBuf,
    /// What is wrong with it.
    pub why: WhyNoSpot,
}

/// What is wrong with the path of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum WhyNoSpot {
    /// It is empty.
    #[error("is not a path")]
    Empty,
    /// It does not begin with `/`.
    #[error("is not an absolute path")]
    Relative,
    /// It could lead anywhere.
    #[error("contains `..`")]
    ParentDirectory,
    /// It is `/`.
    #[error("does not name a file")]
    NoFile,
    /// It leads into another directory than it may.
    #[error("is not in the directory {:?} of {}", part.name(), of(*node))]
    Elsewhere {
        /// The directory it may lead into.
        part: Part,
        /// The node it must be of; `None`: any.
        node: Option<NodeId>,
    },
}

fn of(node: Option<NodeId>) -> String {
    node.map_or_else(
        || "any PgSQL node".to_owned(),
        |node| format!("the PgSQL node {node}"),
    )
}

/// Why no file of a directory is ever touched.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
enum NoArea {
    /// The local configuration refuses it.
    #[error(transparent)]
    Refused(#[from] TrustError),
    /// No backup root contains it.
    #[error("{} is outside the backup roots", .0.display())]
    Outside(PathBuf),
}

/// A directory that the local configuration refuses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefusedDirectory {
    /// The directory.
    pub directory: BackupDirectory,
    /// Why, with the node.
    pub reason: String,
}

/// The directories of all nodes on this server.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Places {
    by_node: BTreeMap<NodeId, Vec<Area>>,
    root_directory: Option<Area>,
    /// Nodes with a directory that the local configuration refuses.
    refused: BTreeSet<NodeId>,
}

impl Places {
    /// Takes over the directories that the local configuration allows; the others come back as reasons.
    /// `root_directory` is the server's own, below which nodes have theirs by default.
    pub fn new(
        section: &BackupServerSection,
        root_directory: &Path,
        directories: &[BackupDirectory],
    ) -> (Self, Vec<RefusedDirectory>) {
        let mut places = Self {
            root_directory: allowed(section, root_directory, false).ok(),
            ..Self::default()
        };
        let mut refused = Vec::new();
        for directory in directories {
            // A node whose directory is refused is known all the same: nothing of it may be taken for gone.
            let of_node = places.by_node.entry(directory.node).or_default();
            match allowed(section, &directory.path, directory.node_exists) {
                Ok(area) => of_node.push(area),
                Err(reason) => {
                    places.refused.insert(directory.node);
                    refused.push(RefusedDirectory {
                        reason: format!("node {}: {reason}", directory.node),
                        directory: directory.clone(),
                    });
                }
            }
        }
        (places, refused)
    }

    /// Where a path of a row leads. Without a node it may be that of any node.
    ///
    /// # Errors
    /// Why nothing there may be touched.
    pub fn spot(&self, node: Option<NodeId>, path: &Path, part: Part) -> Result<Spot, NoSpot> {
        let refuse = |why| {
            Err(NoSpot {
                path: path.to_owned(),
                why,
            })
        };
        if path.as_os_str().is_empty() {
            return refuse(WhyNoSpot::Empty);
        }
        if !path.is_absolute() {
            return refuse(WhyNoSpot::Relative);
        }
        if path
            .components()
            .any(|component| component == Component::ParentDir)
        {
            return refuse(WhyNoSpot::ParentDirectory);
        }
        let normal: PathBuf = path.components().collect();
        let (Some(parent), Some(name)) = (normal.parent(), normal.file_name()) else {
            return refuse(WhyNoSpot::NoFile);
        };
        let default = self.default_areas(node);
        let of_node = self
            .by_node
            .iter()
            .filter(|(id, _)| node.is_none_or(|node| node == **id))
            .flat_map(|(_, areas)| areas);
        let area = of_node
            .chain(&default)
            .find(|area| area.path().join(part.name()) == parent);
        match area {
            Some(area) => Ok(Spot {
                area: Area {
                    relative: area.relative.join(part.name()),
                    ..area.clone()
                },
                name: name.to_owned(),
            }),
            None => refuse(WhyNoSpot::Elsewhere { part, node }),
        }
    }

    /// Whether the local configuration refuses a directory of this node: its backups may be there rightly.
    pub fn refuses_a_directory_of(&self, node: NodeId) -> bool {
        self.refused.contains(&node)
    }

    /// The directories of all nodes that are in the catalogue.
    pub fn of_nodes(&mut self) -> impl Iterator<Item = (NodeId, &mut Area)> {
        self.by_node.iter_mut().flat_map(|(node, areas)| {
            areas
                .iter_mut()
                .filter(|area| area.expected)
                .map(|area| (*node, area))
        })
    }

    /// The `dump` directories of all nodes that are in the catalogue.
    pub fn dump_areas(&self) -> Vec<Area> {
        let mut areas: Vec<Area> = self
            .by_node
            .values()
            .flatten()
            .filter(|area| area.expected)
            .map(|area| Area {
                relative: area.relative.join(Part::Dump.name()),
                ..area.clone()
            })
            .collect();
        areas.sort();
        areas.dedup();
        areas
    }

    /// Of a node that the catalogue does not know any more: the directory it had by default.
    fn default_areas(&self, node: Option<NodeId>) -> Vec<Area> {
        let unknown = node.filter(|node| !self.by_node.contains_key(node));
        let area = |node: NodeId| {
            self.root_directory.as_ref().map(|root| Area {
                root: root.root.clone(),
                relative: root.relative.join(format!("pgsql_node_{node}")),
                expected: false,
                doubt: None,
            })
        };
        unknown.and_then(area).into_iter().collect()
    }
}

/// A directory below a backup root (the longest, where several contain it).
fn allowed(section: &BackupServerSection, path: &Path, expected: bool) -> Result<Area, NoArea> {
    let normal = check_backup_path(section, path)?;
    let root = section
        .backup_roots
        .iter()
        .filter(|root| normal.starts_with(root))
        .max_by_key(|root| root.components().count());
    let relative = root.and_then(|root| normal.strip_prefix(root).ok());
    match (root, relative) {
        (Some(root), Some(relative)) => Ok(Area {
            root: root.clone(),
            relative: relative.to_owned(),
            expected,
            doubt: None,
        }),
        _ => Err(NoArea::Outside(path.to_owned())),
    }
}

/// A path in a message: an empty one has to be seen, too.
fn shown(path: &Path) -> String {
    format!("{:?}", path.to_string_lossy())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn places() -> Places {
        let mut section = BackupServerSection::for_machine("backup1.example.net");
        section.backup_roots = vec!["/srv/pgbackman".into(), "/srv/more".into()];
        let directory = |node, path: &str| BackupDirectory {
            node: NodeId::new(node),
            path: path.into(),
            node_exists: true,
            is_current: true,
        };
        let (places, refused) = Places::new(
            &section,
            Path::new("/srv/pgbackman"),
            &[
                directory(1, "/srv/pgbackman/pgsql_node_1"),
                directory(1, "/srv/more/./old//node1"),
                directory(2, "/srv/pgbackman/pgsql_node_2"),
                directory(3, "/etc"),
            ],
        );
        assert_eq!(refused.len(), 1, "{refused:?}");
        places
    }

    #[test]
    fn trap_13_a_file_lies_directly_in_dump_or_log_of_its_own_node() {
        let places = places();
        let dump = |path: &str| places.spot(Some(NodeId::new(1)), Path::new(path), Part::Dump);
        for path in [
            "/srv/pgbackman/pgsql_node_1/dump/x",
            "/srv/pgbackman//pgsql_node_1/./dump/x",
            "/srv/more/old/node1/dump/x",
        ] {
            assert_eq!(dump(path).unwrap().name, "x", "{path}");
        }
        for path in [
            "",
            "x",
            "dump/x",
            "/",
            "/srv/pgbackman/pgsql_node_1/dump",
            "/srv/pgbackman/pgsql_node_1/dump/..",
            "/srv/pgbackman/pgsql_node_1/dump/../x",
            "/srv/pgbackman/pgsql_node_1/dump/../dump/x",
            "/srv/pgbackman/pgsql_node_1/dump/sub/x",
            "/srv/pgbackman/pgsql_node_1/log/x",
            "/srv/pgbackman/pgsql_node_1/x",
            "/srv/pgbackman/pgsql_node_2/dump/x",
            "/srv/pgbackman/pgsql_node_11/dump/x",
            "/srv/pgbackman/dump/x",
            "/srv/other/pgsql_node_1/dump/x",
            "/etc/passwd",
            "/etc/dump/x",
        ] {
            assert!(dump(path).is_err(), "{path}");
        }
    }

    #[test]
    fn a_node_outside_the_roots_has_no_place_and_an_unknown_one_its_default() {
        let places = places();
        let spot = |node, path| places.spot(Some(NodeId::new(node)), Path::new(path), Part::Dump);
        assert!(spot(3, "/etc/dump/x").is_err());
        assert!(spot(3, "/srv/pgbackman/pgsql_node_3/dump/x").is_err());
        let unknown = spot(9, "/srv/pgbackman/pgsql_node_9/dump/x").unwrap();
        assert!(!unknown.area.expected);
        assert!(spot(9, "/srv/pgbackman/pgsql_node_1/dump/x").is_err());
        let log = Path::new("/srv/pgbackman/pgsql_node_2/log/x");
        assert!(places.spot(None, log, Part::Log).unwrap().area.expected);
    }

    proptest! {
        #[test]
        fn trap_13_whatever_a_row_says_the_parent_is_a_nodes_directory(path in "[/.a-z_0-9]{0,60}") {
            let path = format!("/srv/pgbackman/pgsql_node_1/{path}");
            if let Ok(spot) = places().spot(Some(NodeId::new(1)), Path::new(&path), Part::Dump) {
                prop_assert_eq!(spot.area.path(), Path::new("/srv/pgbackman/pgsql_node_1/dump"));
                prop_assert!(!spot.name.to_string_lossy().contains('/'));
                prop_assert!(spot.name != ".." && spot.name != ".");
            }
        }
    }
}
