using System.Text;
using Headgate.Protocol.Edge;
using Headgate.Testing.Fuzzing;

namespace Headgate.Protocol.Tests.Fuzzing;

/// <summary>
/// The event stream's lines and events. The same bytes make the same events however they arrive; an event has a kind and no more data than allowed;
/// an event, written again, reads as the same one.
/// </summary>
internal sealed class EventStreamTarget : IFuzzTarget
{
    private const int MaxLength = 2048;

    public string Name => "event-stream";

    public IReadOnlyList<string> Outcomes { get; } = ["Numbered", "Unnumbered", "Heard", "Nothing", "TooLong"];

    public IReadOnlyList<byte[]> Words { get; } =
        [.. new[] { "id: ", "event: ", "data: ", "data", ":\n", "\n\n", "\r\n", "\r", "\n", "retry: 5\n", "id: 18446744073709551616\n", "id: -1\n", "\u2028", "é", "\ud83d\ude00" }.Select(Encoding.UTF8.GetBytes)];

    public int MaxBytes => 3 * MaxLength;

    public byte[] Repair(byte[] input, FuzzRandom random) => input;

    public string Run(byte[] input, FuzzRandom random)
    {
        var (events, isTooLong) = Read(new MemoryStream(input));
        var (chopped, isChoppedTooLong) = Read(new ChoppingStream(input, random));
        FuzzException.Require(isTooLong == isChoppedTooLong && events.SequenceEqual(chopped), $"{events.Count} events as a whole, {chopped.Count} in pieces");
        foreach (var happened in events.Where(static e => !ReferenceEquals(e, EdgeEvent.Heard)))
        {
            FuzzException.Require(happened.Kind.Length > 0 && happened.Data.Length <= MaxLength && happened.Sequence is null or >= 0, $"impossible: {happened}");
            var written = $"{(happened.Sequence is { } number ? $"id: {number}\n" : "")}event: {happened.Kind}\ndata: {happened.Data.Replace("\n", "\ndata: ")}\n\n";
            FuzzException.Require(Read(new MemoryStream(Encoding.UTF8.GetBytes(written))).Events.SequenceEqual([happened]), $"{happened} is not read as it is written");
        }

        return isTooLong ? "TooLong"
            : events.Exists(static e => e.Sequence is not null) ? "Numbered"
            : events.Exists(static e => e.Kind.Length > 0) ? "Unnumbered"
            : events.Count > 0 ? "Heard" : "Nothing";
    }

    private static (List<EdgeEvent> Events, bool IsTooLong) Read(Stream stream)
    {
        List<EdgeEvent> events = [];
        var parser = new EventParser(MaxLength);
        using var reader = EventParser.Open(stream);
        try
        {
            while (reader.ReadLine() is { } line)
            {
                if (parser.Add(line) is { } happened)
                {
                    events.Add(happened);
                }
            }
        }
        catch (HttpRequestException)
        {
            return (events, true);
        }

        return (events, false);
    }

    /// <summary>Hands out the bytes in pieces of random size, as a connection does.</summary>
    private sealed class ChoppingStream(byte[] bytes, FuzzRandom random) : MemoryStream(bytes)
    {
        public override int Read(byte[] buffer, int offset, int count) =>
            base.Read(buffer, offset, Math.Min(count, 1 + random.Next(random.OneIn(2) ? 4 : 300)));
    }
}
