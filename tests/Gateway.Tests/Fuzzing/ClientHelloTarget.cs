using System.Buffers.Binary;
using Headgate.Gateway.Listening;
using Headgate.Protocol.Naming;
using Headgate.Testing.Fuzzing;

namespace Headgate.Gateway.Tests.Fuzzing;

/// <summary>
/// The ClientHello parser. It answers the same however the bytes arrive; an answer is never taken back by more bytes; a hello names the same server
/// however its message is cut into records; a name is a DNS name in lower case that stands in the hello.
/// </summary>
internal sealed class ClientHelloTarget : IFuzzTarget
{
    private const int RecordHeaderBytes = 5;
    private static readonly string[] s_outcomes =
        ["Ok", "OkWithoutName", "NeedMore", .. Enum.GetValues<ClientHelloFault>().Where(static fault => fault != ClientHelloFault.None).Select(static fault => fault.ToString())];

    public string Name => "client-hello";

    public IReadOnlyList<string> Outcomes => s_outcomes;

    public IReadOnlyList<byte[]> Words { get; } =
    [
        [22, 3, 1], [22, 3, 3, 0, 1], [1, 0, 0], [3, 3], [0, 0], [0, 0, 0, 9, 0, 7, 0, 0, 4, .. "a.bc"u8], [0, 43, 0, 3, 2, 3, 4], [0xFF, 1, 0, 1, 0], "r-"u8.ToArray(), ".data."u8.ToArray(), [64, 0], [63, 255],
    ];

    public int MaxBytes => ClientHelloParser.MaxBytes + 64;

    /// <summary>Half of the inputs get lengths that fit again: those of the record and of the message. Some are cut into records of another size.</summary>
    public byte[] Repair(byte[] input, FuzzRandom random)
    {
        if (input.Length < RecordHeaderBytes + 4 || input.Length > MaxBytes - 512 || random.OneIn(2))
        {
            return input;
        }

        var message = input[RecordHeaderBytes..];
        BinaryPrimitives.WriteUInt16BigEndian(message.AsSpan(2), (ushort)(message.Length - 4));
        message[1] = 0;
        return Records(message, random.OneIn(2) ? message.Length : 1 + random.Next(300));
    }

    public string Run(byte[] input, FuzzRandom random)
    {
        var status = ClientHelloParser.TryParse(input, out var hello);
        for (var at = 0; at < input.Length; at += 1 + random.Next(input.Length))
        {
            var early = ClientHelloParser.TryParse(input.AsSpan(0, at), out var part);
            FuzzException.Require(
                early == ClientHelloStatus.NeedMore || (early == status && part == hello), $"after {at} bytes {early} {part}, in the end {status} {hello}");
        }

        switch (status)
        {
            case ClientHelloStatus.NeedMore:
                FuzzException.Require(hello == default && input.Length < ClientHelloParser.MaxBytes, $"more is wanted after {input.Length} bytes: {hello}");
                return "NeedMore";
            case ClientHelloStatus.Malformed:
                FuzzException.Require(hello is { ServerName: null, Fault: not ClientHelloFault.None }, $"malformed without a reason, or with a name: {hello}");
                return hello.Fault.ToString();
            default:
                FuzzException.Require(hello.Fault == ClientHelloFault.None, $"well-formed with a fault: {hello}");
                RequireSameInOtherRecords(input, hello, random);
                return hello.ServerName is { } name ? RequireName(input, name) : "OkWithoutName";
        }
    }

    private static string RequireName(byte[] input, string name)
    {
        var message = Message(input);
        var shown = new string([.. message.Select(static b => char.ToLowerInvariant((char)b))]);
        FuzzException.Require(ZoneNames.IsDnsName(name) && name == name.ToLowerInvariant(), $"'{name}' is no DNS name in lower case");
        FuzzException.Require(shown.Contains(name, StringComparison.Ordinal), $"'{name}' does not stand in the hello");
        return "Ok";
    }

    private static void RequireSameInOtherRecords(byte[] input, ClientHello hello, FuzzRandom random)
    {
        var records = Records(Message(input), 1 + random.Next(2000));
        if (records.Length <= ClientHelloParser.MaxBytes)
        {
            FuzzException.Require(
                ClientHelloParser.TryParse(records, out var same) == ClientHelloStatus.Ok && same == hello, $"{hello} in other records is {same}");
        }
    }

    /// <summary>The handshake message of a well-formed hello, read the plain way.</summary>
    private static byte[] Message(ReadOnlySpan<byte> records)
    {
        var message = new List<byte>();
        while (message.Count < 4 || message.Count < 4 + (message[1] << 16 | message[2] << 8 | message[3]))
        {
            int length = BinaryPrimitives.ReadUInt16BigEndian(records[3..]);
            message.AddRange(records.Slice(RecordHeaderBytes, Math.Min(length, records.Length - RecordHeaderBytes)));
            records = records[Math.Min(records.Length, RecordHeaderBytes + length)..];
        }

        return [.. message[..(4 + (message[1] << 16 | message[2] << 8 | message[3]))]];
    }

    private static byte[] Records(ReadOnlySpan<byte> message, int fragmentBytes)
    {
        var records = new List<byte>(message.Length + (message.Length / fragmentBytes * RecordHeaderBytes) + RecordHeaderBytes);
        while (!message.IsEmpty)
        {
            var fragment = message[..Math.Min(fragmentBytes, message.Length)];
            records.AddRange([22, 3, 1, (byte)(fragment.Length >> 8), (byte)fragment.Length, .. fragment]);
            message = message[fragment.Length..];
        }

        return [.. records];
    }
}
