using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Security.Cryptography;
using Headgate.Connector.Bootstrap;
using Headgate.Connector.Failover;
using Headgate.Connector.Forwarding;
using Headgate.Connector.Jobs;
using Headgate.Connector.Resume;
using Headgate.Protocol.Tenant;

namespace Headgate.EndToEnd.Tests.Resume;

/// <summary>
/// A copy run of the connector's own parts in the test's process, with a tool that holds one connection: it stores an object, is idle until it is let go, reads the object back and
/// compares. The one with seed 0 makes the restic repository before.
/// </summary>
internal sealed class LightConnector(LightMachine machine, string job, int seed) : ITool, IRunConsole
{
    private const string Moved = " moved from ";

    private readonly TaskCompletionSource _stored = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _letGo = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ConcurrentQueue<Move> _moves = new();
    private readonly ConcurrentQueue<string> _said = new();

    /// <summary>Set when its object is stored.</summary>
    public Task Stored => _stored.Task;

    /// <summary>Where it went when, in order.</summary>
    public IReadOnlyCollection<Move> Moves => _moves;

    /// <summary>Connections that its tool had to open.</summary>
    public int Connected { get; private set; }

    /// <summary>All it said.</summary>
    public string Said => string.Join('\n', _said);

    /// <summary>Lets the tool read its object back and end.</summary>
    public void LetGo() => _letGo.SetResult();

    /// <summary>The whole run; answers what the program would exit with.</summary>
    public async Task<int> RunAsync(CancellationToken stop)
    {
        var time = TimeProvider.System;
        var order = new GatewayOrder(time);
        var dialer = new RouteDialer(machine.Dialer, machine.Names, order, machine.Api.GatewaysAsync, time);
        var copies = new CopyRoutes(machine.Dialer, machine.Names, order, machine.Api.GatewaysAsync, new CopyLimits(), Say, time, Random.Shared.NextDouble);
        await using var forwarder = new LoopbackForwarder(dialer, order, 0, ForwarderLimits.Default, time, copies);
        var plan = new RunPlan
        {
            Job = job,
            Kind = JobKind.Copy,
            Repository = "repo1",
            Host = machine.HostName,
            Path = $"/{machine.HostName}/",
            Tool = new ToolProfile("light", IsRestic: false, ReadsOnly: false, WritesSnapshot: false, Connections: 1),
            Retries = 0,
        };
        try
        {
            var ends = new UntoldEnds(new StateFolder(Path.Combine(machine.Folder, "light", job)), machine.Connector, Say, time);
            return await new JobRunner(machine.Api, forwarder, ends, this, time, Random.Shared.NextDouble).RunAsync(plan, this, stop);
        }
        finally
        {
            _stored.TrySetException(new InvalidOperationException($"{job} ended before it had stored its object.\n{Said}"));
        }
    }

    async Task<int> ITool.RunAsync(string repositoryUrl, CancellationToken stop)
    {
        var bytes = new byte[2000];
        new Random(seed).NextBytes(bytes);
        var name = Convert.ToHexStringLower(SHA256.HashData(bytes));
        using var client = LoopbackClient.Of(repositoryUrl, () => Connected++);
        if (seed == 0)
        {
            using var made = await client.PostAsync("?create=true", null, stop);
            Say($"repository: {made.StatusCode}");
        }

        using (var posted = await client.PostAsync("data/" + name, new ByteArrayContent(bytes), stop))
        {
            if (posted.StatusCode != HttpStatusCode.OK)
            {
                Say($"{posted.StatusCode} {posted.ReasonPhrase}");
                return 1;
            }
        }

        _stored.SetResult();
        await _letGo.Task.WaitAsync(stop);
        return SHA256.HashData(await client.GetByteArrayAsync("data/" + name, stop)).SequenceEqual(Convert.FromHexString(name)) ? 0 : 2;
    }

    public void Say(string sentence)
    {
        _said.Enqueue(sentence);
        if (sentence.IndexOf(Moved, StringComparison.Ordinal) is > 0 and var at)
        {
            var words = sentence[(at + Moved.Length)..].Split(' ');
            _moves.Enqueue(new Move(Stopwatch.GetTimestamp(), words[0], words[2]));
        }
    }

    public Task WaitAsync(string why, TimeSpan pause, TimeProvider time, CancellationToken token)
    {
        _said.Enqueue(why);
        return Task.Delay(pause, time, token);
    }

    /// <summary>It went on over another gateway.</summary>
    internal sealed record Move(long At, string From, string To);
}
