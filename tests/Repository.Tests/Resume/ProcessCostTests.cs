using System.Diagnostics;
using System.Globalization;
using System.IO.Pipelines;
using System.Net.Security;
using System.Security.Cryptography;
using System.Text;
using Headgate.Protocol.Resume;
using Headgate.Repository.Tests.Support;

namespace Headgate.Repository.Tests.Resume;

/// <summary>
/// What a session costs the real program, Kestrel, TLS and disk included, beside a plain connection of the same route: memory while it is idle, speed and
/// processor time while it carries an object. bench/sessions/run is the long form of this.
/// </summary>
public sealed class ProcessCostTests
{
    private static readonly int s_sessions = FromEnvironment("HEADGATE_SESSIONS", 40);
    private static readonly int s_mebibytes = FromEnvironment("HEADGATE_SESSION_MIB", 8);
    private static readonly int s_rounds = FromEnvironment("HEADGATE_SESSION_ROUNDS", 1);

    [Fact]
    public async Task Sessions_WhenManyAreIdle_HoldLittleMoreThanConnections()
    {
        var (plain, session) = (new List<double>(), new List<double>());
        for (var round = 0; round < s_rounds; round++)
        {
            plain.Add(await IdleAsync(resumable: false));
            session.Add(await IdleAsync(resumable: true));
            Say(string.Create(CultureInfo.InvariantCulture, $"idle, round {round + 1}: {s_sessions} of each, a plain connection {plain[^1]:F1} KiB of resident memory, a session {session[^1]:F1} KiB, so {session[^1] - plain[^1]:F1} KiB more"));
        }

        Say(string.Create(CultureInfo.InvariantCulture, $"idle, medians: a plain connection {Median(plain):F1} KiB, a session {Median(session):F1} KiB, so {Median(session) - Median(plain):F1} KiB more"));
        Assert.InRange(Median(session), 0, 512);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Session_WhenItCarriesAnObject_HasTheSameBytesAsAPlainConnection(bool up)
    {
        await using var world = await World.CreateAsync();
        await using var process = await RepositoryProcess.StartAsync(world.Run("--code", world.Silo.Code()));
        var length = (long)s_mebibytes << 20;
        var content = RandomNumberGenerator.GetBytes(1 << 20);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        for (var i = 0; i < s_mebibytes; i++)
        {
            hash.AppendData(content);
        }

        var name = Convert.ToHexStringLower(hash.GetHashAndReset());
        await using (var first = await Line.PlainAsync(world, process))
        {
            Assert.StartsWith("HTTP/1.1 200 ", await first.AskAsync("POST /host1/?create=true"), StringComparison.Ordinal);
            Assert.StartsWith("HTTP/1.1 200 ", await first.PostAsync(name, content, length), StringComparison.Ordinal);
        }

        var (plain, session) = (new List<Figure>(), new List<Figure>());
        for (var round = 0; round < s_rounds; round++)
        {
            plain.Add(await MeasureAsync(resumable: false));
            session.Add(await MeasureAsync(resumable: true));
            Say(string.Create(CultureInfo.InvariantCulture, $"{(up ? "up" : "down")}, round {round + 1}: plain {plain[^1]}, session {session[^1]}, speed {session[^1].Speed / plain[^1].Speed:F2}, processor {session[^1].Processor / plain[^1].Processor:F2}"));
        }

        Say(string.Create(
            CultureInfo.InvariantCulture,
            $"{(up ? "up" : "down")}, medians: plain {Median(plain.Select(f => f.Speed)):F2} GiB/s and {Median(plain.Select(f => f.Processor)):F2} CPU-s/GiB of the repository, "
            + $"session {Median(session.Select(f => f.Speed)):F2} and {Median(session.Select(f => f.Processor)):F2}, "
            + $"speed {Median(session.Select(f => f.Speed)) / Median(plain.Select(f => f.Speed)):F2}"));
        Assert.Equal(0, await process.StopAsync());

        async Task<Figure> MeasureAsync(bool resumable)
        {
            await using var line = resumable ? await Line.SessionAsync(world, process) : await Line.PlainAsync(world, process);
            Assert.StartsWith("HTTP/1.1 404 ", await line.AskAsync("HEAD /config"), StringComparison.Ordinal);
            if (up)
            {
                Assert.StartsWith("HTTP/1.1 200 ", await line.AskAsync("DELETE /host1/data/" + name), StringComparison.Ordinal);
            }

            var (began, processor) = (Stopwatch.GetTimestamp(), process.Processor());
            if (up)
            {
                Assert.StartsWith("HTTP/1.1 200 ", await line.PostAsync(name, content, length), StringComparison.Ordinal);
            }
            else
            {
                // Hashing takes longer than all the rest, and is done in the first round.
                Assert.Equal(length, await line.GetAsync(name, plain.Count + session.Count < 2 ? hash : null));
            }

            var gibibytes = length / (double)(1 << 30);
            var figure = new Figure(gibibytes / Stopwatch.GetElapsedTime(began).TotalSeconds, (process.Processor() - processor).TotalSeconds / gibibytes);
            Assert.True(up || plain.Count + session.Count >= 2 || Convert.ToHexStringLower(hash.GetHashAndReset()) == name, "other bytes came");
            return figure;
        }
    }

    /// <summary>Resident KiB that one connection, or session, adds to a fresh process when it was used and is idle.</summary>
    private static async Task<double> IdleAsync(bool resumable)
    {
        await using var world = await World.CreateAsync();

        // A small youngest generation, so that what is read off is held and not left over.
        await using var process = await RepositoryProcess.StartAsync(
            world.Run("--code", world.Silo.Code(), "--sessions-per-tenant", "10000", "--session-memory", "4GiB"),
            "env", "DOTNET_GCgen0size=0x200000", "DOTNET_GCConserveMemory=9", "DOTNET_TieredCompilation=0");
        var blob = Blob.Random(300 * 1024);
        await using var first = await Line.PlainAsync(world, process);
        Assert.StartsWith("HTTP/1.1 200 ", await first.AskAsync("POST /host1/?create=true"), StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 200 ", await first.PostAsync(blob.Name, blob.Content, blob.Content.Length), StringComparison.Ordinal);
        var lines = new List<Line>();
        try
        {
            await AddAsync(Math.Max(20, s_sessions / 10));
            var (before, already) = (await HeldAsync(process), lines.Count);
            await AddAsync(s_sessions);
            return (await HeldAsync(process) - before) / 1024.0 / (lines.Count - already);
        }
        finally
        {
            foreach (var line in lines)
            {
                await line.DisposeAsync();
            }
        }

        async Task AddAsync(int more)
        {
            for (var i = 0; i < more; i++)
            {
                lines.Add(resumable ? await Line.SessionAsync(world, process, (uint)lines.Count + 1) : await Line.PlainAsync(world, process));
                Assert.Equal(blob.Content.Length, await lines[^1].GetAsync(blob.Name, null));
                Assert.StartsWith("HTTP/1.1 200 ", await lines[^1].PostAsync(blob.Name, blob.Content, blob.Content.Length), StringComparison.Ordinal);
            }
        }
    }

    /// <summary>Resident memory once the garbage is collected; what that frees is given back to the system little by little.</summary>
    private static async Task<long> HeldAsync(RepositoryProcess process)
    {
        var held = long.MaxValue;
        for (var same = 0; same < 3; same++)
        {
            await Collector.CollectAsync(process.Id);
            var now = process.Memory().Now;
            (held, same) = now < held - (held / 200) ? (now, -1) : (Math.Min(now, held), same);
        }

        return held;
    }

    private static double Median(IEnumerable<double> figures)
    {
        var sorted = figures.Order().ToArray();
        return sorted[sorted.Length / 2];
    }

    private static int FromEnvironment(string name, int otherwise) =>
        int.TryParse(Environment.GetEnvironmentVariable(name), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : otherwise;

    private static void Say(string line)
    {
        TestContext.Current.TestOutputHelper?.WriteLine(line);
        if (Environment.GetEnvironmentVariable("HEADGATE_SESSIONS") is not null)
        {
            Console.WriteLine(line);
        }
    }

    private sealed record Figure(double Speed, double Processor)
    {
        public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Speed:F2} GiB/s {Processor:F2} CPU-s/GiB");
    }

    /// <summary>One connection of a client, plain or a session, as two pipes: both are read and written in the same way.</summary>
    private sealed class Line : IAsyncDisposable
    {
        private readonly SslStream _tls;
        private readonly ResumeSession? _session;
        private readonly Task? _leg;
        private readonly PipeReader _input;
        private readonly PipeWriter _output;

        private Line(SslStream tls, ResumeSession? session, Task? leg, PipeReader input, PipeWriter output) =>
            (_tls, _session, _leg, _input, _output) = (tls, session, leg, input, output);

        public static async Task<Line> PlainAsync(World world, RepositoryProcess process)
        {
            var tls = await world.ConnectAsync(process.Port, world.Route, world.Connector(), "http/1.1");
            return new Line(
                tls, null, null,
                PipeReader.Create(tls, new StreamPipeReaderOptions(bufferSize: 65536, minimumReadSize: 4096, useZeroByteReads: true)),
                PipeWriter.Create(tls));
        }

        public static async Task<Line> SessionAsync(World world, RepositoryProcess process, uint stream = 1)
        {
            var tls = await world.ConnectAsync(process.Port, world.Route, world.Connector());
            var leg = ResumeLeg.Over(tls, tls.Dispose);
            var session = await ResumeClient.OpenAsync(
                leg, TestSession.Binding(world.Route, world.Connector()), stream, "daily/1", TestSession.Patient, new ReplayBudget(1L << 32), TimeProvider.System,
                CancellationToken.None);
            return new Line(tls, session, ResumeClient.RunAsync(session, leg, CancellationToken.None), session.Application.Input, session.Application.Output);
        }

        public async Task<string> AskAsync(string request)
        {
            await _output.WriteAsync(Encoding.Latin1.GetBytes(request + " HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n"));
            return await ReadHeadAsync();
        }

        public async Task<string> PostAsync(string name, byte[] content, long length)
        {
            await _output.WriteAsync(Encoding.Latin1.GetBytes($"POST /host1/data/{name} HTTP/1.1\r\nHost: x\r\nContent-Length: {length}\r\n\r\n"));
            for (long sent = 0; sent < length;)
            {
                var at = (int)(sent % content.Length);
                var part = content.AsMemory(at, (int)Math.Min(Math.Min(65536, content.Length - at), length - sent));
                await _output.WriteAsync(part);
                sent += part.Length;
            }

            return await ReadHeadAsync();
        }

        public async Task<long> GetAsync(string name, IncrementalHash? hash)
        {
            await _output.WriteAsync(Encoding.Latin1.GetBytes($"GET /host1/data/{name} HTTP/1.1\r\nHost: x\r\n\r\n"));
            var head = await ReadHeadAsync();
            Assert.StartsWith("HTTP/1.1 200 ", head, StringComparison.Ordinal);
            var told = head.Split("\r\n").Single(line => line.StartsWith("Content-Length: ", StringComparison.OrdinalIgnoreCase));
            var length = long.Parse(told.Split(' ')[1], CultureInfo.InvariantCulture);
            for (var left = length; left > 0;)
            {
                var result = await _input.ReadAsync();
                Assert.False(result.IsCompleted && result.Buffer.IsEmpty, "the answer broke off");
                var taken = result.Buffer.Slice(0, Math.Min(left, result.Buffer.Length));
                foreach (var part in taken)
                {
                    hash?.AppendData(part.Span);
                }

                left -= taken.Length;
                _input.AdvanceTo(taken.End);
            }

            return length;
        }

        public async ValueTask DisposeAsync()
        {
            if (_session is not null)
            {
                await _session.DisposeAsync();
                await _leg!;
            }

            await _tls.DisposeAsync();
        }

        /// <summary>Reads exactly to the end of a head, whose body, if any, stays in the pipe.</summary>
        private async Task<string> ReadHeadAsync()
        {
            while (true)
            {
                var result = await _input.ReadAsync();
                var text = Encoding.Latin1.GetString(result.Buffer.Slice(0, Math.Min(result.Buffer.Length, 4096)));
                var end = text.IndexOf("\r\n\r\n", StringComparison.Ordinal);
                if (end >= 0 || result.IsCompleted)
                {
                    var length = end >= 0 ? end + 4 : (int)Math.Min(result.Buffer.Length, 4096);
                    _input.AdvanceTo(result.Buffer.GetPosition(length));
                    return text[..length];
                }

                _input.AdvanceTo(result.Buffer.Start, result.Buffer.End);
            }
        }
    }
}
