public import Records

/// How a binary logistic regression is fitted.
public struct LogisticSettings: Sendable, Equatable {
    /// scikit-learn's C, above 0: the larger, the weaker the pull of the weights towards 0.
    public var inverseRegularisation: Double
    /// Whether both classes weigh the same: class_weight="balanced", n / (2 n_c).
    public var isBalanced: Bool
    /// Stop when no component of the mean loss's gradient exceeds this.
    ///
    /// On 100,000 rows 1e-8 holds probabilities within about 1e-5 of the solution, and 1e-7, a
    /// third quicker, within 3e-4; scikit-learn's 1e-4 leaves them up to 0.3 away
    /// (Benchmarks/vectors). Below 1e-12 rounding is reached.
    public var tolerance: Double
    /// Upper bound of L-BFGS steps, at least 1.
    public var maxIterations: Int

    public init(
        inverseRegularisation: Double = 1, isBalanced: Bool = false, tolerance: Double = 1e-8,
        maxIterations: Int = 1_000
    ) {
        self.inverseRegularisation = inverseRegularisation
        self.isBalanced = isBalanced
        self.tolerance = tolerance
        self.maxIterations = maxIterations
    }

    func check() throws(Fault) {
        guard inverseRegularisation > 0, inverseRegularisation.isFinite else {
            throw Fault(.configuration, "C of a logistic regression must be above 0")
        }
        guard tolerance > 0, maxIterations >= 1 else {
            throw Fault(
                .configuration,
                "a logistic regression needs a tolerance above 0 and at least one step")
        }
    }
}

/// A fitted binary logistic regression: p = 1 / (1 + e^-(w·x + b)).
public struct LogisticModel: Sendable, Equatable {
    /// One weight a column; zeros when not `supported`.
    public let weights: [Double]
    public let intercept: Double
    /// False when the training rows had one label value or none: there was nothing to learn, and
    /// the probability is that value (0 without any row) for every row.
    public let supported: Bool
    /// The constant of an unsupported model.
    public let constant: Double?
    /// Whether the gradient came below the tolerance; false after the last step allowed, or when
    /// rounding let no step descend any more.
    public let converged: Bool
    public let iterations: Int

    init(parameters: [Double], converged: Bool, iterations: Int) {
        weights = Array(parameters.dropLast())
        intercept = parameters.last ?? 0
        supported = true
        constant = nil
        self.converged = converged
        self.iterations = iterations
    }

    /// A model that was fitted before.
    public init(weights: [Double], intercept: Double) {
        self.init(parameters: weights + [intercept], converged: true, iterations: 0)
    }

    /// A model that gives every row of `columns` numbers one probability, 0...1.
    public init(constant: Double, columns: Int) {
        weights = [Double](repeating: 0, count: columns)
        intercept = 0
        supported = false
        self.constant = constant
        converged = true
        iterations = 0
    }

    /// The log-odds of a row of as many floats as there are weights.
    public func logit(_ row: UnsafeBufferPointer<Float>) -> Double {
        require(row.count == weights.count, "a row has as many numbers as the model has weights")
        guard let start = row.baseAddress else { return intercept }
        return weights.withUnsafeBufferPointer { weights in
            var sum = SIMD4<Double>.zero
            let whole = row.count & ~3
            let from = UnsafeRawPointer(start)
            let by = UnsafeRawBufferPointer(weights)
            var at = 0
            while at < whole {
                sum +=
                    SIMD4<Double>(
                        from.loadUnaligned(fromByteOffset: at * 4, as: SIMD4<Float>.self))
                    * by.loadUnaligned(fromByteOffset: at * 8, as: SIMD4<Double>.self)
                at += 4
            }
            var total = intercept + sum.sum()
            while at < row.count {
                total += Double(row[at]) * weights[at]
                at += 1
            }
            return total
        }
    }

    /// The probability, 0...1, of log-odds.
    public static func probability(logit: Double) -> Double { StableMath.sigmoid(logit) }

    /// The probability, 0...1, that a row is positive.
    public func probability(_ row: UnsafeBufferPointer<Float>) -> Double {
        constant ?? StableMath.sigmoid(logit(row))
    }

    /// The probability, 0...1, that a row is positive.
    public func probability(_ row: [Float]) -> Double {
        row.withUnsafeBufferPointer { probability($0) }
    }
}

extension LogisticModel: Portable {
    public func write(to bytes: inout PortableWriter) {
        weights.write(to: &bytes)
        intercept.write(to: &bytes)
        constant.write(to: &bytes)
        converged.write(to: &bytes)
        iterations.write(to: &bytes)
    }

    /// - Throws: `badData` for bytes that are no model.
    public init(from bytes: inout PortableReader) throws(Fault) {
        weights = try [Double](from: &bytes)
        intercept = try Double(from: &bytes)
        constant = try Double?(from: &bytes)
        supported = constant == nil
        converged = try Bool(from: &bytes)
        iterations = try Int(from: &bytes)
    }
}
