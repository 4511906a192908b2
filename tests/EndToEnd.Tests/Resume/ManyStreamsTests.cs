using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using Headgate.EndToEnd.Tests.Faults;

namespace Headgate.EndToEnd.Tests.Resume;

/// <summary>Many streams at once: real connectors, and light clients on their loopback ports.</summary>
[Collection(CrowdCollection.Name)]
public sealed class ManyStreamsTests
{
    private const int Machines = 5;
    private const int RunsEach = 2;
    private const int StreamsEach = 50;
    private const int Streams = Machines * RunsEach * StreamsEach;
    private const int ObjectBytes = 192 << 10;

    [Fact]
    public async Task Copy_FiveHundredStreamsOverFourGatewaysAndOneIsKilled_AllFinish()
    {
        await using var world = await World.StartAsync(gateways: 4, repositories: 0);
        await world.AddRepositoryAsync("repo1", "--sessions-per-tenant", "200");
        var runs = new List<(Tenant Tenant, string Job, OpenRun Run)>();
        try
        {
            for (var i = 1; i <= Machines; i++)
            {
                var tenant = await world.AddTenantAsync($"tenant{i}");
                var desk = await tenant.EnrolAsync("desk");
                foreach (var job in Enumerable.Range(1, RunsEach).Select(number => $"many-{number}"))
                {
                    runs.Add((tenant, job, await OpenRun.StartAsync(desk, job, "--kind", "copy", "--retries", "0")));
                }

                await runs[^1].Run.CreateAsync();
            }

            var flood = new Flood(runs.SelectMany(run => Enumerable.Repeat(run.Run, StreamsEach)));
            var going = flood.RunAsync();
            await Tool.UntilAsync(
                () => flood.AtHalf == Streams || going.IsCompleted, "every stream to have sent half of its object", () => flood.Seen, TimeSpan.FromMinutes(2));
            Assert.False(going.IsCompleted, flood.Seen);

            // On a busy machine a stream may have gone on over another connection by itself, while its gateway still holds the old one.
            var loads = await RunConnections.CountAsync(world);
            await Tool.UntilAsync(
                async () => (loads = await RunConnections.CountAsync(world)).Values.Sum() == Streams, "one connection for each stream", () => RunConnections.Words(loads));
            Assert.All(loads, pair => Assert.NotEqual(0, pair.Value));
            var (victim, most) = loads.MaxBy(pair => pair.Value);

            flood.Open();
            await Tool.UntilAsync(() => flood.Pieces > Streams, "the second halves to flow", () => flood.Seen);
            var clock = Stopwatch.StartNew();
            await world[victim].KillAsync();
            flood.End();
            var connections = await going;
            var took = clock.Elapsed;

            // No client had to connect a second time, so none noticed.
            Assert.All(connections, count => Assert.Equal(1, count));
            var (resumes, longest) = (0, 0L);
            foreach (var ended in await Task.WhenAll(runs.Select(run => run.Run.EndAsync())))
            {
                ended.Succeeded();
            }

            foreach (var (tenant, job, _) in runs)
            {
                var gaps = Assert.Single(Jobs.AttemptsOf(await Jobs.LastRunAsync(tenant, job))).GetProperty("gaps");
                resumes += gaps.GetProperty("resumes").GetInt32();
                longest = Math.Max(longest, gaps.GetProperty("longestMilliseconds").GetInt64());
            }

            TestContext.Current.TestOutputHelper?.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{Streams} streams ({RunConnections.Words(loads)}), {victim} killed: {resumes} resumes, longest gap {longest} ms; all objects compared {took.TotalSeconds:0.0} s after"));
            Assert.InRange(resumes, most, int.MaxValue);
        }
        finally
        {
            foreach (var (_, _, run) in runs)
            {
                await run.DisposeAsync();
            }
        }
    }

    /// <summary>Clients with a connection each: once it stands an object is sent, held in the middle until all have come so far, sent on piece by piece, ended when that is let, read back and compared.</summary>
    private sealed class Flood(IEnumerable<OpenRun> runs)
    {
        private readonly TaskCompletionSource _open = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource _end = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly OpenRun[] _runs = [.. runs];
        private int _atHalf;
        private int _pieces;
        private int _done;

        public int AtHalf => Volatile.Read(ref _atHalf);

        /// <summary>Pieces of second halves that were sent.</summary>
        public int Pieces => Volatile.Read(ref _pieces);

        public string Seen => $"{AtHalf} at half, {Pieces} pieces, {Volatile.Read(ref _done)} done.";

        /// <summary>Lets the second halves flow, all but the last piece of each.</summary>
        public void Open() => _open.SetResult();

        /// <summary>Lets the last pieces go.</summary>
        public void End() => _end.SetResult();

        /// <summary>Answers how many connections each had to open.</summary>
        public Task<int[]> RunAsync() => Task.WhenAll(_runs.Select((run, i) => StreamAsync(run, i)));

        private async Task<int> StreamAsync(OpenRun run, int seed)
        {
            var connected = 0;
            using var client = run.Client(() => connected++);
            var bytes = new byte[ObjectBytes];
            new Random(seed).NextBytes(bytes);
            var name = Convert.ToHexStringLower(SHA256.HashData(bytes));

            // The kernel would take half an object for a stream that has yet to find its gateway, and such a one does not go on over another: it begins there.
            using (var none = await client.GetAsync("data/" + name))
            {
                Assert.True(none.StatusCode == HttpStatusCode.NotFound, $"{none.StatusCode} {none.ReasonPhrase}\n{run.Said}");
            }

            using (var posted = await client.PostAsync("data/" + name, new Halves(this, bytes)))
            {
                Assert.True(posted.StatusCode == HttpStatusCode.OK, $"{posted.StatusCode} {posted.ReasonPhrase}\n{run.Said}");
            }

            var back = await client.GetByteArrayAsync("data/" + name);
            Assert.Equal(name, Convert.ToHexStringLower(SHA256.HashData(back)));
            Interlocked.Increment(ref _done);
            return connected;
        }

        private sealed class Halves(Flood flood, byte[] bytes) : HttpContent
        {
            private const int Piece = 8 << 10;

            protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
            {
                await stream.WriteAsync(bytes.AsMemory(0, bytes.Length / 2));
                await stream.FlushAsync();
                Interlocked.Increment(ref flood._atHalf);
                await flood._open.Task;
                for (var at = bytes.Length / 2; at < bytes.Length; at += Piece)
                {
                    if (at + Piece >= bytes.Length)
                    {
                        await flood._end.Task;
                    }

                    await stream.WriteAsync(bytes.AsMemory(at, Math.Min(Piece, bytes.Length - at)));
                    await stream.FlushAsync();
                    Interlocked.Increment(ref flood._pieces);

                    // So that the streams are in the midst of it when the gateway dies.
                    await Task.Delay(200);
                }
            }

            protected override bool TryComputeLength(out long length)
            {
                length = bytes.Length;
                return true;
            }
        }
    }
}
