namespace Headgate.EndToEnd.Tests.Resume;

/// <summary>Tests that keep the whole machine busy: no others run beside them.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class CrowdCollection
{
    public const string Name = "crowd";
}
