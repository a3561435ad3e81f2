internal import Dispatch
internal import Synchronization

/// A value that is computed on another thread from now on, and waited for where it is needed.
final class Deferred<Value: Sendable>: Sendable {
    private let value = Mutex<Value?>(nil)
    private let group = DispatchGroup()

    init(_ compute: @escaping @Sendable () -> Value) {
        DispatchQueue.global().async(group: group) { [self] in
            let result = compute()
            value.withLock { $0 = result }
        }
    }

    /// The value; never nil, for the group ends when it is set.
    var wait: Value? {
        group.wait()
        return value.withLock { $0 }
    }
}
