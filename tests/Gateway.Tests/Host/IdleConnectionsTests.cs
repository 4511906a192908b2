using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Headgate.Gateway.Tests.Support;

namespace Headgate.Gateway.Tests.Host;

/// <summary>Alone, because it takes nearly all the descriptors that a process may have.</summary>
[CollectionDefinition(nameof(IdleConnectionsTests), DisableParallelization = true)]
[Collection(nameof(IdleConnectionsTests))]
public sealed class IdleConnectionsTests
{
    private const int Most = 10_000;
    private const int Sources = 100;
    private const int Opening = 64;
    private const int Bytes = 4 * 1024;

    /// <summary>Of some connections, so that pipes are used as well.</summary>
    private const int BulkBytes = 512 * 1024;
    private const int BulkEvery = 200;

    /// <summary>Of this process: two for each connection, and what tests need besides.</summary>
    private const int OtherDescriptors = 1000;

    /// <summary>The runtime's pool of threads comes and goes by some, whatever the gateway does; silo stream, log and status have descriptors of their own.</summary>
    private const int ThreadSlack = 6;
    private const int DescriptorSlack = 8;

    /// <summary>The heap grows for some rounds before it is collected at its full size; connections that were kept would make it grow in every one.</summary>
    private const int MostRounds = 12;

    [Theory]
    [InlineData("auto", Most)]
    [InlineData("managed", 1000)]
    public async Task Connections_ByTheThousand_LeaveTheGatewayAsItWas(string engine, int most)
    {
        var count = Math.Min(most, (DescriptorLimit() - OtherDescriptors) / 2);
        await using var target = new EchoTarget();
        await using var programs = new GatewayPrograms();
        programs.Around.Edge.Targets["tenant-api"] = target.Target("tenant-api");
        await programs.StartSiloAsync();
        var process = programs.Start("one", "127.0.0.1:0", engine);
        var endPoint = await process.ReadyAsync();
        var fresh = Held.Of(process);
        var pipes = fresh.Pipes;
        await RoundAsync(endPoint, Opening, () => { });
        await SettledAsync(target, process);
        Held before = default;
        await Eventually.TrueAsync(() => (before = Held.Of(process)).Descriptors <= fresh.Descriptors + (Opening / 2), () => $"{fresh} at first, then {before}");

        var rounds = new List<Held>();
        while (rounds.Count < 2 || (rounds.Count < MostRounds && Grew(rounds) > count))
        {
            Held open = default;
            await RoundAsync(endPoint, count, () => open = Held.Of(process));
            Assert.InRange(open.Descriptors, 2 * count, before.Descriptors + (2 * count) + 200);
            await SettledAsync(target, process);
            Held after = default;
            await Eventually.TrueAsync(
                () => (after = Held.Of(process)).Descriptors <= before.Descriptors + DescriptorSlack && after.Pipes <= pipes && after.Threads <= before.Threads + ThreadSlack,
                () => $"{before}, and {pipes} pipes at first, became {after}");
            rounds.Add(after);
        }

        Assert.True(Grew(rounds) <= count, $"{count} connections: {before}, {string.Join(", ", rounds)}");
        var status = await programs.FreshStatusAsync("one");
        Assert.Equal((0, ((long)rounds.Count * count) + Opening), (status.Active, status.Relayed));
        Assert.Empty(status.Refused);
    }

    /// <summary>Opens, uses and closes; <paramref name="whileOpen"/> when all are open and idle.</summary>
    private static async Task RoundAsync(IPEndPoint endPoint, int count, Action whileOpen)
    {
        var hello = new HelloBuilder().Name("cc.demo.test").Record();
        var sockets = new Socket[count];
        var all = new ParallelOptions { MaxDegreeOfParallelism = Opening };
        await Parallel.ForAsync(0, count, all, async (i, _) =>
        {
            sockets[i] = await GatewayPrograms.ConnectAsync(endPoint, string.Create(CultureInfo.InvariantCulture, $"127.0.7.{1 + (i % Sources)}"));
            await sockets[i].SendAsync(hello);
            await EchoedAsync(sockets[i], hello);
        });
        await Parallel.ForAsync(0, count, all, async (i, _) =>
        {
            var bytes = new byte[i % BulkEvery == 0 ? BulkBytes : Bytes];
            new Random(i).NextBytes(bytes);
            var echoed = EchoedAsync(sockets[i], bytes);
            for (var rest = bytes.AsMemory(); !rest.IsEmpty;)
            {
                rest = rest[await sockets[i].SendAsync(rest)..];
            }

            await echoed;
        });
        whileOpen();
        Array.ForEach(sockets, socket => socket.Dispose());
    }

    private static async Task EchoedAsync(Socket socket, byte[] sent)
    {
        var back = new byte[sent.Length];
        await socket.ReceiveExactlyAsync(back);
        Assert.True(sent.AsSpan().SequenceEqual(back));
    }

    private static async Task SettledAsync(EchoTarget target, GatewayProcess process) =>
        await Eventually.TrueAsync(() => target.Open == 0, () => $"{target.Open} are open still; {process.Said}");

    /// <summary>By how many KiB the last round left more behind than the one before: less than one a connection is no connection kept.</summary>
    private static long Grew(List<Held> rounds) => rounds[^1].Kib - rounds[^2].Kib;

    private static int DescriptorLimit() => int.TryParse(
        File.ReadLines("/proc/self/limits").Single(line => line.StartsWith("Max open files", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[3],
        CultureInfo.InvariantCulture,
        out var limit) ? limit : int.MaxValue;

    /// <summary>What a process holds.</summary>
    private readonly record struct Held(int Descriptors, int Pipes, int Threads, long Kib)
    {
        public static Held Of(GatewayProcess process)
        {
            var files = new DirectoryInfo($"/proc/{process.Id}/fd").GetFileSystemInfos();
            return new Held(
                files.Length,
                files.Count(file => file.LinkTarget?.StartsWith("pipe:", StringComparison.Ordinal) == true),
                Directory.GetDirectories($"/proc/{process.Id}/task").Length,
                GatewayPrograms.ResidentKib(process));
        }
    }
}
