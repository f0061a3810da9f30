//! Why a linker could not use the strategies that it would rather have used.

use super::case::Case;
use crate::errno::Errno;
use crate::outcome::{End, Placement, Strategy};
use crate::probe::Obstacle;

/// Each strategy of the chain, up to the one used, that was refused for some file or all, with the errno and the reason; `None`
/// when none was.
pub fn reason(case: &Case<'_>) -> Option<String> {
    let used = case.placement();
    let last = case.chain.iter().position(|strategy| Placement::from(*strategy) == used);
    let tried = case.chain.iter().take(last.map_or(case.chain.len(), |last| last + 1));
    let mut refused: Vec<(String, String)> = Vec::new();
    for (strategy, why) in
        tried.flat_map(|strategy| refusals(case, *strategy).into_iter().map(move |why| (strategy, why)))
    {
        match refused.last_mut() {
            Some((strategies, same)) if *same == why => *strategies = format!("{strategies} and {strategy}"),
            _ => refused.push((strategy.to_string(), why)),
        }
    }
    let sentences: Vec<_> = refused.into_iter().map(|(strategies, why)| format!("{strategies}: {why}")).collect();
    (!sentences.is_empty()).then(|| sentences.join("; "))
}

/// Each errno and reason for which the strategy was refused, with the number of files unless it was all.
fn refusals(case: &Case<'_>, strategy: Strategy) -> Vec<String> {
    let (probe, all) = (&case.record.probe, case.record.probe.files.len());
    let mut refused: Vec<(Errno, String, usize)> = Vec::new();
    for answer in probe.files.keys().filter_map(|path| probe.answer(path)) {
        let Some(errno) = answer.refusal(strategy) else { continue };
        let why = explain(strategy, errno, answer.obstacle, &case.record.cache_end, &case.record.target_end);
        match refused.iter_mut().find(|(known, same, _)| *known == errno && *same == why) {
            Some((.., count)) => *count += 1,
            None => refused.push((errno, why, 1)),
        }
    }
    let share = |count| if count == all { String::new() } else { format!(" for {count} of {all} files") };
    refused.into_iter().map(|(errno, why, count)| format!("{errno}{}, {why}", share(count))).collect()
}

fn explain(strategy: Strategy, errno: Errno, obstacle: Option<Obstacle>, cache: &End, target: &End) -> String {
    match (errno, obstacle) {
        (Errno::EXDEV, _) => boundary(cache, target),
        (Errno::EPERM, Some(Obstacle::Immutable)) => "the cached file is immutable or append-only".to_owned(),
        (Errno::EPERM, Some(Obstacle::Foreign)) => {
            "the cached file belongs to another user (fs.protected_hardlinks)".to_owned()
        }
        (Errno::EMLINK, _) => format!("the cached file has all the links that {} allows", cache.kind),
        (Errno::EOPNOTSUPP | Errno::ENOTTY, _) if strategy == Strategy::Reflink => {
            format!("no reflinks on {}", cache.kind)
        }
        (Errno::EINVAL, _) if strategy == Strategy::Reflink => "one of cache and target is nocow".to_owned(),
        _ => "for an unknown reason".to_owned(),
    }
}

/// What lies between the two ends; device numbers alone do not tell.
fn boundary(cache: &End, target: &End) -> String {
    let one_source = source(cache) == source(target) && cache.kind == target.kind;
    match (cache.device == target.device, cache.mount_id == target.mount_id) {
        (true, true) => "another project ID".to_owned(),
        (true, false) => format!("another mount of the same {}", cache.kind),
        (false, _) if one_source && cache.kind == "btrfs" => "another subvolume of the same btrfs".to_owned(),
        (false, _) => format!("different filesystems ({}, {})", cache.kind, target.kind),
    }
}

/// The mount's source: the second field behind the lone hyphen.
fn source(end: &End) -> Option<&str> {
    end.mountinfo.split(' ').skip_while(|&field| field != "-").nth(2)
}
