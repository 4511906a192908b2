using System.Buffers;
using System.Buffers.Binary;
using System.IO.Pipelines;
using System.Security.Cryptography;
using Headgate.Protocol.Resume;
using Headgate.Testing.Fuzzing;

namespace Headgate.Protocol.Tests.Fuzzing;

/// <summary>
/// All that a client sends on one leg of a resumable stream, its first frame included. However the bytes are cut, the leg ends as a second, plain reading of the
/// protocol says, the application gets exactly the bytes that this reading gives, and nothing is held afterwards.
/// </summary>
/// <remarks>
/// The repository has written ten bytes and FIN. A RESUME comes back to such a session; as id, secret and hash are not the corpus' to know, zeros in the place of
/// the id, the MAC and the hash stand for the right ones.
/// </remarks>
internal sealed class ResumeLegTarget : IFuzzTarget
{
    private const ulong Epoch = 7;
    private const int IdAt = 4 + 1;
    private const int EpochAt = IdAt + 16;
    private const int ReceivedAt = EpochAt + 8 + 4;
    private const int HashAt = ReceivedAt + 8;
    private const int MacAt = HashAt + 8;
    private const int ResumeBytes = MacAt + 32;

    private static readonly ResumeBinding s_binding = new("acme", "office", "store1", "r-label.data.example.test");
    private static readonly byte[] s_said = "0123456789"u8.ToArray();
    private static readonly byte[] s_open = [1, 0, 0, 12, 1, 1, 0, 0, 0, 1, 5, .. "job/1"u8];

    public string Name => "resume-leg";

    public IReadOnlyList<string> Outcomes { get; } =
    [
        "HelloTorn", "HelloMalformed", "Version", "UnknownSession", "WrongEpoch", "BadMac", "OldLeg", "Offset", "Hash", "Lost", "Completed", "ResetByPeer",
        "UnknownFrame", "UnexpectedFrame", "FrameTooLong", "FrameMalformed", "DataGap", "DataOverlap", "DataAfterFin", "AckBackwards", "AckBeyondSent", "FinMismatch",
    ];

    public IReadOnlyList<byte[]> Words { get; } =
    [
        s_open, [6, 0, 0, 11, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3], [7, 0, 0, 9, 0, 0, 0, 0, 0, 0, 0, 10, 1], [7, 0, 0, 9, 0, 0, 0, 0, 0, 0, 0, 4, 0], [8, 0, 0, 8, 0, 0, 0, 0, 0, 0, 0, 0],
        [9, 0, 0, 1, 15], [10, 0, 0, 8, 1, 2, 3, 4, 5, 6, 7, 8], [11, 0, 0, 8, 1, 2, 3, 4, 5, 6, 7, 8], [6, 1, 0, 8], [12, 0, 0, 0], new byte[8], [255, 255, 255, 255],
    ];

    public int MaxBytes => 1500;

    /// <summary>Most inputs begin as a leg does, and most DATA and FIN stand where the bytes before them end.</summary>
    public byte[] Repair(byte[] input, FuzzRandom random)
    {
        if (random.OneIn(8))
        {
            return input;
        }

        var begins = input is [1, ..] && input.Length >= s_open.Length ? input : input is [3, 0, 0, ..] && input.Length >= ResumeBytes ? input : [.. s_open, .. input];
        var at = 4 + Length(begins, 0);
        for (var received = 0L; at >= 0 && at + 12 <= begins.Length; at += 4 + Length(begins, at))
        {
            if (begins[at] is 6 or 8 && !random.OneIn(8))
            {
                BinaryPrimitives.WriteInt64BigEndian(begins.AsSpan(at + 4), received);
            }

            received += begins[at] == 6 ? Length(begins, at) - 8 : 0;
        }

        return begins;
    }

    public string Run(byte[] input, FuzzRandom random) => RunAsync(input, random).GetAwaiter().GetResult();

    private static async Task<string> RunAsync(byte[] input, FuzzRandom random)
    {
        var budget = new ReplayBudget(1 << 20);
        ResumeSession? session = null;
        try
        {
            byte[] secret = [];
            if (input is [3, ..])
            {
                (session, secret) = await SuspendedAsync(budget);
                Complete(input, session, secret);
            }

            using var wire = new Wire(input, random);
            var leg = ResumeLeg.Over(wire, static () => { });
            ResumeHello hello;
            try
            {
                hello = await ResumeServer.ReadHelloAsync(leg, CancellationToken.None);
            }
            catch (InvalidDataException)
            {
                return "HelloMalformed";
            }
            catch (EndOfStreamException)
            {
                return "HelloTorn";
            }

            var acknowledged = 0L;
            if (hello is ResumeHello.Resume resume)
            {
                if (await ResumeServer.AttachAsync(session!, leg, resume, s_binding, Epoch, CancellationToken.None) is { } refused)
                {
                    FuzzException.Require(session!.Ended.IsCompleted == refused is RefusalCode.Offset or RefusalCode.Hash, $"{refused}, and the session is {(session.Ended.IsCompleted ? "over" : "not over")}");
                    return refused.ToString();
                }

                acknowledged = resume.Received;
            }
            else
            {
                session = await ResumeServer.AcceptAsync(leg, (ResumeHello.Open)hello, s_binding, Epoch, new ResumeLimits(), budget, TimeProvider.System, null, CancellationToken.None);
                if (session is null)
                {
                    return "Version";
                }

                await SpeakAsync(session);
            }

            var expected = Reading.Of(input.AsSpan(4 + Length(input, 0)), acknowledged);
            wire.LetGoAfter(s_said.Length - acknowledged > 0 ? 12 + s_said.Length - (int)acknowledged + 12 : 12);
            var end = await ResumeServer.RunAsync(session!, leg, CancellationToken.None);
            return await JudgeAsync(session!, end, expected);
        }
        finally
        {
            if (session is not null)
            {
                await session.DisposeAsync();
            }

            FuzzException.Require(budget.Held == 0, $"{budget.Held} bytes are held");
        }
    }

    private static async Task<string> JudgeAsync(ResumeSession session, LegEnd end, Reading expected)
    {
        if (expected.IsComplete)
        {
            // Both directions ended; what comes behind that is read or not.
            FuzzException.Require(end is LegEnd.Completed or LegEnd.Reset, $"complete, and the leg ended with {end}");
            return "Completed";
        }

        FuzzException.Require(session.Received == expected.Bytes.Count, $"{session.Received} bytes were received, not {expected.Bytes.Count}");
        if (expected.Fault is not { } fault)
        {
            FuzzException.Require(end == LegEnd.Lost && !session.Ended.IsCompleted, $"the leg ended with {end}");
            session.Application.Input.TryRead(out var read);
            FuzzException.Require(read.Buffer.ToArray().AsSpan().SequenceEqual(expected.Bytes.ToArray()), "the application got other bytes");
            return "Lost";
        }

        var over = await session.Ended;
        FuzzException.Require(end == LegEnd.Reset && over.Fault == fault, $"{end} for {over.Fault}, not for {fault}");
        FuzzException.Require((over.Kind == SessionEndKind.ResetByPeer) == expected.IsByPeer, $"{over.Kind}");
        return expected.IsByPeer ? "ResetByPeer" : fault.ToString();
    }

    /// <summary>A session whose first leg is lost, and its secret.</summary>
    private static async Task<(ResumeSession Session, byte[] Secret)> SuspendedAsync(ReplayBudget budget)
    {
        using var wire = new Wire(s_open, null);
        var leg = ResumeLeg.Over(wire, static () => { });
        var hello = (ResumeHello.Open)await ResumeServer.ReadHelloAsync(leg, CancellationToken.None);
        var session = await ResumeServer.AcceptAsync(leg, hello, s_binding, Epoch, new ResumeLimits(), budget, TimeProvider.System, null, CancellationToken.None);
        var secret = wire.Written.Slice(4 + 1 + 16, 32).ToArray();
        await SpeakAsync(session!);
        wire.LetGoAfter(12 + s_said.Length + 12);
        await ResumeServer.RunAsync(session!, leg, CancellationToken.None);
        return (session!, secret);
    }

    private static async Task SpeakAsync(ResumeSession session)
    {
        await session.Application.Output.WriteAsync(s_said);
        await session.Application.Output.CompleteAsync();
    }

    private static void Complete(byte[] input, ResumeSession session, byte[] secret)
    {
        if (input.Length < ResumeBytes)
        {
            return;
        }

        var id = input.AsSpan(IdAt, 16);
        var hash = input.AsSpan(HashAt, 8);
        var mac = input.AsSpan(MacAt, 32);
        if (id.IndexOfAnyExcept((byte)0) < 0)
        {
            BinaryPrimitives.WriteUInt128BigEndian(id, session.Id);
        }

        var received = BinaryPrimitives.ReadInt64BigEndian(input.AsSpan(ReceivedAt));
        if (hash.IndexOfAnyExcept((byte)0) < 0 && received >= 0 && received <= s_said.Length)
        {
            BinaryPrimitives.WriteUInt64BigEndian(hash, Crc(s_said.AsSpan(0, (int)received)));
        }

        if (mac.IndexOfAnyExcept((byte)0) < 0)
        {
            HMACSHA256.HashData(secret, [3, .. input.AsSpan(4, MacAt - 4), .. "acme\0office\0store1\0r-label.data.example.test"u8], mac);
        }
    }

    private static ulong Crc(ReadOnlySpan<byte> bytes)
    {
        var crc = ulong.MaxValue;
        foreach (var one in bytes)
        {
            crc ^= one;
            for (var bit = 0; bit < 8; bit++)
            {
                crc = (crc >> 1) ^ ((crc & 1) == 0 ? 0 : 0xC96C5795D7870F42);
            }
        }

        return ~crc;
    }

    private static int Length(byte[] input, int at) => at + 4 > input.Length ? 0 : (int)(BinaryPrimitives.ReadUInt32BigEndian(input.AsSpan(at)) & 0xFFFFFF);

    /// <summary>What the page of the protocol says of the frames behind the first one.</summary>
    private sealed class Reading
    {
        public List<byte> Bytes { get; } = [];

        public bool IsComplete { get; private set; }

        public bool IsByPeer { get; private set; }

        /// <summary>Why the session is reset; null when the leg is just over.</summary>
        public ResumeFault? Fault { get; private set; }

        public static Reading Of(ReadOnlySpan<byte> input, long acknowledged)
        {
            var reading = new Reading();
            var (isFin, isFinAcknowledged) = (false, false);
            while (input.Length >= 4 && reading.Fault is null && !reading.IsComplete)
            {
                var (type, length) = (input[0], (int)(BinaryPrimitives.ReadUInt32BigEndian(input) & 0xFFFFFF));
                var (least, most) = type switch { 6 => (9, 65544), 7 => (9, 9), 9 => (1, 1025), _ => (8, 8) };
                if (type is 0 or > 11 or < 6 || length > most || length < least)
                {
                    reading.Fault = type is 0 or > 11 ? ResumeFault.UnknownFrame : type < 6 ? ResumeFault.UnexpectedFrame : length > most ? ResumeFault.FrameTooLong : ResumeFault.FrameMalformed;
                    break;
                }

                if (input.Length < (type == 6 ? 12 : 4 + length))
                {
                    break;
                }

                var number = type == 9 ? 0 : BinaryPrimitives.ReadUInt64BigEndian(input[4..]);
                var received = (ulong)reading.Bytes.Count;
                switch (type)
                {
                    case 6:
                        reading.Fault = isFin ? ResumeFault.DataAfterFin : number > received ? ResumeFault.DataGap : number < received ? ResumeFault.DataOverlap : null;
                        if (reading.Fault is null)
                        {
                            reading.Bytes.AddRange(input[12..Math.Min(input.Length, 4 + length)]);
                        }

                        break;
                    case 7:
                        reading.Fault = input[12] > 1 ? ResumeFault.FrameMalformed
                            : number > (ulong)s_said.Length || (input[12] == 1 && number != (ulong)s_said.Length) ? ResumeFault.AckBeyondSent
                            : number < (ulong)acknowledged ? ResumeFault.AckBackwards : null;
                        acknowledged = (long)Math.Min(number, long.MaxValue);
                        isFinAcknowledged |= input[12] == 1 && reading.Fault is null;
                        break;
                    case 8:
                        reading.Fault = number == received ? null : isFin ? ResumeFault.DataAfterFin : ResumeFault.FinMismatch;
                        isFin |= reading.Fault is null;
                        break;
                    case 9:
                        reading.IsByPeer = true;
                        reading.Fault = Enum.IsDefined((ResumeFault)input[4]) ? (ResumeFault)input[4] : ResumeFault.None;
                        break;
                }

                reading.IsComplete = isFin && isFinAcknowledged;
                input = input[Math.Min(input.Length, 4 + length)..];
            }

            return reading;
        }
    }

    /// <summary>Gives the input in pieces of random size, all but the first frame only when the other end has said what it has to; keeps what was written.</summary>
    private sealed class Wire(byte[] input, FuzzRandom? random) : Stream
    {
        private readonly TaskCompletionSource _go = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly ArrayBufferWriter<byte> _written = new();
        private readonly Lock _gate = new();
        private readonly int _hello = 4 + Length(input, 0);
        private long _due = long.MaxValue;
        private int _at;

        public ReadOnlyMemory<byte> Written => _written.WrittenMemory;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        /// <summary>The rest of the input may come when so many bytes more were written.</summary>
        public void LetGoAfter(int bytes)
        {
            lock (_gate)
            {
                _due = _written.WrittenCount + bytes;
            }
        }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (_at >= _hello && _due != long.MaxValue)
            {
                await _go.Task.WaitAsync(cancellationToken);
            }

            var end = _at < _hello ? Math.Min(_hello, input.Length) : input.Length;
            var piece = random is null || random.OneIn(2) ? int.MaxValue : 1 + random.Next(20);
            var length = Math.Min(Math.Min(buffer.Length, end - _at), piece);
            input.AsSpan(_at, length).CopyTo(buffer.Span);
            _at += length;
            return length;
        }

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            lock (_gate)
            {
                _written.Write(buffer.Span);
                if (_written.WrittenCount >= _due)
                {
                    _go.TrySetResult();
                }
            }

            return ValueTask.CompletedTask;
        }

        public override void Flush()
        {
        }

        public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();
    }
}
