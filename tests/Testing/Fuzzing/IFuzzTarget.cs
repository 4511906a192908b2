namespace Headgate.Testing.Fuzzing;

/// <summary>A parser under fuzz, with what must hold of it for every input.</summary>
public interface IFuzzTarget
{
    /// <summary>The folder of its corpus.</summary>
    string Name { get; }

    /// <summary>Every way that the parser can end; all must be reached by the corpus alone.</summary>
    IReadOnlyList<string> Outcomes { get; }

    /// <summary>What the format is made of, for the mutator.</summary>
    IReadOnlyList<byte[]> Words { get; }

    /// <summary>The longest input that is worth making, in bytes.</summary>
    int MaxBytes { get; }

    /// <summary>Makes some mutated inputs whole again (a checksum, a framing), so that they come further than the first check.</summary>
    byte[] Repair(byte[] input, FuzzRandom random);

    /// <summary>Parses, and throws when something does not hold. What it does depends on the two arguments only.</summary>
    /// <returns>How the parser ended; one of <see cref="Outcomes"/>.</returns>
    string Run(byte[] input, FuzzRandom random);
}
