package import Records
internal import Remote

extension ProviderSettings {
    /// Why the provider could not be asked: its key is missing, or cannot be read.
    package var unready: Fault? {
        // The offline server, whose address is known only in a run, wants no key.
        do throws(Fault) {
            try endpoint(offlineBaseURL: "http://127.0.0.1/v1").checkKey()
            return nil
        } catch {
            return error
        }
    }
}
