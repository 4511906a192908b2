namespace Headgate.EndToEnd.Tests.Secrets;

/// <summary>Tests that look at every process below this one: those of other tests, which may show what they like, must not run meanwhile.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class AloneCollection
{
    public const string Name = "alone";
}
