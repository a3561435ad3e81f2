internal import Pipeline
package import Records

/// What the offline server answers from: its version, the run's seed, the grammars and lexicons.
///
/// An answer of that server is a function of these and the request, so they belong to the
/// fingerprints of the stages that ask it, and to the keys of its stored replies.
package enum OfflineFiles {
    package static let folders = [OfflineProvider.grammars, OfflineProvider.lexicons]

    package static func digest(seed: UInt64) throws(Fault) -> SHA256.Digest {
        var hash = SHA256()
        hash.update("offline/1\0\(ProviderSettings.offlineModel)\0\(seed)")
        for folder in folders {
            hash.update("\0\(folder)\0")
            hash.update(try FolderDigest.of(ResourceFolder.path(folder)).hex)
        }
        return hash.finish()
    }
}

/// SHA-256 over the names and contents of all files in a folder and its subfolders.
package enum FolderDigest {
    package static func of(_ folder: String) throws(Fault) -> SHA256.Digest {
        var hash = SHA256()
        for name in FileSystem.names(in: folder) {
            let path = "\(folder)/\(name)"
            hash.update("\0\(name)\0")
            hash.update(
                Paths.isFolder(path) ? try of(path).hex : try FileDigest.of(path).hex)
        }
        return hash.finish()
    }
}
