internal import Glibc

/// The natural logarithm, for reports only.
enum LogOdds {
    static func log(_ value: Double) -> Double { Glibc.log(value) }
}
