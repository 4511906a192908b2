namespace Headgate.Connector.Tests;

/// <summary>Tests that change this process's environment, or start tools that read it: one at a time, and beside no others.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class EnvironmentCollection
{
    public const string Name = "environment";
}
