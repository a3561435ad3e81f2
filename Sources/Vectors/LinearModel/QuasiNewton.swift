/// Minimises a smooth convex function by L-BFGS, asking for one evaluation at a time.
///
/// Nocedal and Wright, "Numerical Optimization", 2nd ed., algorithms 7.4 and 7.5; the line search
/// is bisection on the weak Wolfe conditions (Lewis and Overton 2013), with Hager and Zhang's
/// approximate condition (2005) once differences drown in rounding. Because it never calls the
/// function itself, many problems advance in lockstep over one sweep of the data. All arithmetic
/// is in 64 bits and in one fixed order.
struct QuasiNewton {
    enum Status { case running, converged, stalled, exhausted }

    /// Where the function is wanted next; the solution once `status` is not `running`.
    private(set) var point: [Double]
    private(set) var status = Status.running
    private(set) var iterations = 0

    /// An estimate of the second derivative over `curvature`; nil for a multiple of the identity.
    ///
    /// It sets the first step and what each later one starts from.
    var shape: LossShape?
    var curvature = 1.0

    /// A coordinate that stays as it was at the start; nil for none.
    ///
    /// The gradient told must be 0 there.
    var frozen: Int?

    private let tolerance: Double
    private let maxIterations: Int
    private let memory = 10

    private var base: [Double] = []
    private var value = 0.0
    private var gradient: [Double] = []
    private var direction: [Double] = []
    private var slope = 0.0
    private var step = 1.0
    private var bracket = (low: 0.0, high: Double.infinity)
    private var trials = 0
    private var stuck = 0
    private var pairs: [(step: [Double], change: [Double], scale: Double)] = []

    /// Starts at `start`; stops when no gradient component exceeds `tolerance`.
    init(start: [Double], tolerance: Double, maxIterations: Int) {
        point = start
        self.tolerance = tolerance
        self.maxIterations = maxIterations
    }

    /// Takes the function's value and gradient at ``point`` and moves on.
    mutating func tell(value newValue: Double, gradient newGradient: [Double]) {
        if base.isEmpty {
            accept(newValue, newGradient)
            let length = dot(newGradient, newGradient).squareRoot()
            if status == .running { aim(firstStep: shape == nil ? min(1 / length, 1e3) : 1) }
            return
        }
        let newSlope = dot(newGradient, direction)
        let decreased = newValue <= value + 1e-4 * step * slope
        // Near the optimum the decrease is below rounding, and the slopes decide.
        let level =
            newValue <= value + 1e-9 * max(abs(value), 1e-3) && newSlope <= -0.8 * slope
        if !newValue.isFinite || !(decreased || level) {
            bracket.high = step
        } else if newSlope < 0.9 * slope {
            bracket.low = step
        } else {
            return finishStep(newValue, newGradient)
        }
        trials += 1
        guard trials < 50 else {
            point = base
            status = .stalled
            return
        }
        step =
            bracket.high.isFinite ? (bracket.low + bracket.high) / 2 : bracket.low * 2
        place()
    }

    private mutating func finishStep(_ newValue: Double, _ newGradient: [Double]) {
        iterations += 1
        var moved = point
        var change = newGradient
        for at in moved.indices {
            moved[at] -= base[at]
            change[at] -= gradient[at]
        }
        let curvature = dot(moved, change)
        if curvature > 1e-16 * dot(change, change) {
            pairs.append((moved, change, 1 / curvature))
            if pairs.count > memory { pairs.removeFirst() }
        }
        // The stop of SciPy's L-BFGS-B, ftol = 64 eps, but only after several such steps.
        let gain = (value - newValue) / max(abs(value), abs(newValue), 1)
        stuck = gain <= 64 * Double.ulpOfOne ? stuck + 1 : 0
        accept(newValue, newGradient)
        guard status == .running else { return }
        if stuck >= 5 {
            status = .stalled
        } else if iterations >= maxIterations {
            status = .exhausted
        } else {
            aim(firstStep: 1)
        }
    }

    private mutating func accept(_ newValue: Double, _ newGradient: [Double]) {
        base = point
        value = newValue
        gradient = newGradient
        if gradient.allSatisfy({ abs($0) <= tolerance }) { status = .converged }
    }

    /// Chooses the direction by the two-loop recursion and places the first trial.
    private mutating func aim(firstStep: Double) {
        direction = gradient.map { -$0 }
        var weights = [Double](repeating: 0, count: pairs.count)
        for index in pairs.indices.reversed() {
            weights[index] = pairs[index].scale * dot(pairs[index].step, direction)
            add(-weights[index], pairs[index].change)
        }
        var factor = shape == nil ? 1 : 1 / curvature
        if let last = pairs.last {
            let change = shape?.solve(last.change) ?? last.change
            factor = 1 / (last.scale * dot(last.change, change))
        }
        if let shape { direction = shape.solve(direction) }
        // The shape mixes coordinates; without the frozen one it is still positive definite.
        if let frozen { direction[frozen] = 0 }
        for at in direction.indices { direction[at] *= factor }
        for index in pairs.indices {
            let beta = pairs[index].scale * dot(pairs[index].change, direction)
            add(weights[index] - beta, pairs[index].step)
        }
        slope = dot(direction, gradient)
        if !(slope < 0) {
            pairs = []
            shape = nil
            direction = gradient.map { -$0 }
            slope = dot(direction, gradient)
        }
        step = firstStep
        bracket = (0, .infinity)
        trials = 0
        place()
    }

    private mutating func place() {
        for at in point.indices { point[at] = base[at] + step * direction[at] }
    }

    private mutating func add(_ factor: Double, _ vector: [Double]) {
        for at in direction.indices { direction[at] += factor * vector[at] }
    }

    private func dot(_ a: [Double], _ b: [Double]) -> Double {
        var sum = 0.0
        for at in a.indices { sum += a[at] * b[at] }
        return sum
    }
}
