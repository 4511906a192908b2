namespace Headgate.Portal.Tenants.Components;

/// <summary>Fingerprints of the provider's authority as people compare them.</summary>
internal static class Fingerprints
{
    private const int GroupLength = 4;

    /// <summary>The fingerprint that an enrolment code carries after its <c>#</c>; empty when it carries none.</summary>
    public static string InCode(string code) => code.Split('#', 2) is [_, var fingerprint] ? fingerprint : "";

    /// <summary>Groups of four.</summary>
    public static IEnumerable<string> Groups(string fingerprint) => fingerprint.Chunk(GroupLength).Select(group => new string(group));
}
