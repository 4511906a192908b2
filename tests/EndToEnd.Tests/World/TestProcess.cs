using System.Runtime.CompilerServices;

namespace Headgate.EndToEnd.Tests;

/// <summary>What holds for the process of these tests as a whole.</summary>
internal static class TestProcess
{
    /// <summary>Tests hold threads up (they start and end processes, delete folders), and the pool adds no more than two a second: meanwhile every connection of theirs would stand still.</summary>
    private const int Threads = 32;

    [ModuleInitializer]
    internal static void Start() => ThreadPool.SetMinThreads(Threads, Threads);
}
