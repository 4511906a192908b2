namespace Headgate.Testing.Fuzzing;

/// <summary>The short form of <c>bench/fuzz/run</c>, for tests: the corpus, and ten thousand mutations of it. The corpus lies beside the test program.</summary>
public static class ShortFuzz
{
    private const ulong Seed = 2026;
    private const long Inputs = 10_000;

    /// <summary>Runs a target.</summary>
    /// <exception cref="FuzzException">An input broke a rule, or an outcome is not reached by the corpus.</exception>
    public static void Run(IFuzzTarget target)
    {
        var run = new FuzzRun(target, Path.Combine(AppContext.BaseDirectory, "corpus"));
        run.RunCorpus();
        run.RunMutations(Seed, Inputs, Path.Combine(Path.GetTempPath(), "headgate-fuzz"));
        var alive = run.Outcomes.Values.Count(static times => times > 50);
        FuzzException.Require(alive * 2 > run.Outcomes.Count, $"The mutations of {target.Name} reach too little: {string.Join(", ", run.Outcomes)}");
    }
}
