using System.Diagnostics;
using System.Globalization;
using System.IO.Pipelines;
using Headgate.Resume.Bench;

CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
if (args.Length != 3 || !int.TryParse(args[0], out var rounds) || !long.TryParse(args[1], out var mebibytes) || !int.TryParse(args[2], out var sessions))
{
    Console.Error.WriteLine("usage: Headgate.Resume.Bench ROUNDS MIB SESSIONS");
    return 2;
}

var total = mebibytes * 1024 * 1024;
foreach (var isRelayed in new[] { false, true })
{
    await CompareAsync(isRelayed);
}

await IdleAsync();
return 0;

async Task CompareAsync(bool isRelayed)
{
    var path = isRelayed ? "through a relay" : "direct";
    // A long-lived program is what is measured: all of it has been compiled for good.
    for (var warm = 0; warm < 4; warm++)
    {
        await PlainAsync(1 << 29, isRelayed);
        await ResumedAsync(1 << 29, isRelayed);
    }

    var (plain, resumed) = (new List<Figure>(), new List<Figure>());
    for (var round = 0; round < rounds; round++)
    {
        // Whoever is first is so in every other round.
        if (round % 2 == 0)
        {
            plain.Add(await PlainAsync(total, isRelayed));
        }

        resumed.Add(await ResumedAsync(total, isRelayed));
        if (round % 2 != 0)
        {
            plain.Add(await PlainAsync(total, isRelayed));
        }

        Console.WriteLine($"{path}, round {round + 1}: plain {plain[^1]}, resumed {resumed[^1]}, speed {resumed[^1].Speed / plain[^1].Speed:F2}, processor {resumed[^1].Processor / plain[^1].Processor:F2}");
    }

    Console.WriteLine(
        $"{path}, medians: plain {Median(plain, static f => f.Speed):F2} GiB/s {Median(plain, static f => f.Processor):F2} CPU-s/GiB, "
        + $"resumed {Median(resumed, static f => f.Speed):F2} GiB/s {Median(resumed, static f => f.Processor):F2} CPU-s/GiB, "
        + $"speed {Median(plain.Zip(resumed), static f => f.Second.Speed / f.First.Speed):F2}");
}

async Task<Figure> PlainAsync(long bytes, bool isRelayed)
{
    using var tls = await TlsPair.ConnectAsync(isRelayed);
    // The same pipes as a resumed stream's legs have: what is compared is the protocol, not how streams are read.
    return await MeasureAsync(
        bytes, PipeWriter.Create(tls.Client, new StreamPipeWriterOptions(minimumBufferSize: 65536)),
        PipeReader.Create(tls.Server, new StreamPipeReaderOptions(bufferSize: 65536, minimumReadSize: 4096, useZeroByteReads: true)));
}

async Task<Figure> ResumedAsync(long bytes, bool isRelayed)
{
    await using var pair = await SessionPair.OpenAsync(await TlsPair.ConnectAsync(isRelayed));
    return await MeasureAsync(bytes, pair.Client.Application.Output, pair.Server.Application.Input);
}

static async Task<Figure> MeasureAsync(long bytes, PipeWriter output, PipeReader input)
{
    var began = Stopwatch.GetTimestamp();
    var processor = Environment.CpuUsage.TotalTime;
    var reading = Task.Run(async () =>
    {
        for (var left = bytes; left > 0;)
        {
            var result = await input.ReadAsync();
            left -= result.Buffer.Length;
            input.AdvanceTo(result.Buffer.End);
        }
    });
    await Task.Run(async () =>
    {
        var block = new byte[65536];
        new Random(1).NextBytes(block);
        for (var left = bytes; left > 0;)
        {
            // As a relay does that reads from a socket: into the memory that the writer gives.
            var memory = output.GetMemory(16384);
            var length = (int)Math.Min(left, Math.Min(memory.Length, block.Length));
            block.AsSpan(0, length).CopyTo(memory.Span);
            output.Advance(length);
            await output.FlushAsync();
            left -= length;
        }
    });
    await reading;
    var gibibytes = bytes / (1024.0 * 1024 * 1024);
    return new Figure(gibibytes / Stopwatch.GetElapsedTime(began).TotalSeconds, (Environment.CpuUsage.TotalTime - processor).TotalSeconds / gibibytes);
}

async Task IdleAsync()
{
    var connections = new List<TlsPair>();
    for (var count = 0; count < sessions; count++)
    {
        connections.Add(await TlsPair.ConnectAsync(isRelayed: false));
    }

    var before = Settled();
    var pairs = new List<SessionPair>();
    foreach (var tls in connections)
    {
        var pair = await SessionPair.OpenAsync(tls);
        pairs.Add(pair);
        // Each has been busy: a request of 100 KiB and an answer of 300.
        await ExchangeAsync(pair.Client.Application.Output, pair.Server.Application.Input, 100 * 1024);
        await ExchangeAsync(pair.Server.Application.Output, pair.Client.Application.Input, 300 * 1024);
    }

    while (pairs.Any(static pair => pair.Client.HeldBytes + pair.Server.HeldBytes > 0))
    {
        await Task.Delay(10);
    }

    var after = Settled();
    Console.WriteLine($"idle: {sessions} sessions, both ends in this process: {(after - before) / (2.0 * sessions) / 1024:F1} KiB of managed heap an end, beside its TLS connection");
    foreach (var pair in pairs)
    {
        await pair.DisposeAsync();
    }
}

static async Task ExchangeAsync(PipeWriter output, PipeReader input, int bytes)
{
    var writing = output.WriteAsync(new byte[bytes]).AsTask();
    for (var left = bytes; left > 0;)
    {
        var result = await input.ReadAsync();
        left -= (int)result.Buffer.Length;
        input.AdvanceTo(result.Buffer.End);
    }

    await writing;
}

static long Settled()
{
    long bytes = 0;
    for (var collection = 0; collection < 4; collection++)
    {
        // Pools of arrays give back what they have not lent for a while only when a collection says so.
        GC.Collect(2, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        GC.WaitForPendingFinalizers();
        bytes = GC.GetTotalMemory(forceFullCollection: true);
    }

    return bytes;
}

static double Median<T>(IEnumerable<T> figures, Func<T, double> of) => figures.Select(of).Order().ToArray() is var all ? (all[all.Length / 2] + all[(all.Length - 1) / 2]) / 2 : 0;

internal sealed record Figure(double Speed, double Processor)
{
    public override string ToString() => $"{Speed:F2} GiB/s {Processor:F2} CPU-s/GiB";
}
