internal import Records

/// A reader, and what is called with every input.
struct Target {
    let name: String
    /// Makes what all calls share, and gives the call.
    let prepare: () throws -> ([UInt8]) -> Void

    static var all: [Target] { rows + settings + models + replies }
}

/// What a reader makes of an input: a value, or nil where it refuses it.
///
/// A refusal is a `Fault` that is not a defect of ours; everything else is a finding.
@discardableResult
func accepted<Value>(_ read: () throws(Fault) -> Value) -> Value? {
    do throws(Fault) {
        return try read()
    } catch {
        for fault in error.all {
            law(fault.kind != .defect, "no input is a defect of ours: \(fault)")
            law(!fault.what.isEmpty, "a fault says what is wrong")
        }
        return nil
    }
}
