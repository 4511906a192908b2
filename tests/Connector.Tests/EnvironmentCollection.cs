using System.Runtime.Versioning;

// The scripts that stand in for tools are for sh, and the modes of files are looked at.
[assembly: SupportedOSPlatform("linux")]

namespace Headgate.Connector.Tests;

/// <summary>Tests that change this process's environment, or start tools that read it: one at a time, and beside no others.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class EnvironmentCollection
{
    public const string Name = "environment";
}
