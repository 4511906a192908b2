using System.Buffers;
using System.Buffers.Binary;

namespace Headgate.Gateway.Listening;

/// <summary>
/// Finds the server name in the first bytes of a TLS connection (RFC 8446 sections 4.1.2 and 5.1, RFC 6066 section 3). Nothing is decrypted
/// and nothing is judged but what the name depends on: the target speaks TLS, this does not.
/// <code>
/// record     = type(1)=22  version(2)=03xx  length(2)=1..16384  fragment
/// handshake  = msg_type(1)=1  length(3)  body                 spread over the fragments however the client likes
/// body       = legacy_version(2)  random(32)  session_id&lt;0..32&gt;  cipher_suites&lt;2..2^16-2&gt;  compression&lt;1..2^8-1&gt;
///              [ extensions&lt;0..2^16-1&gt; ]                      absent in some hellos of TLS 1.2
/// extension  = type(2)  data&lt;0..2^16-1&gt;
/// server_name (type 0) data = list&lt;1..2^16-1&gt; of name_type(1)=0  host_name&lt;1..2^16-1&gt;
/// </code>
/// The record version's second byte is not looked at (clients send 01, 03 and others). All bytes received up to the end of the hello, record
/// headers included, count against <see cref="MaxBytes"/>. Pure and stateless: it is called again with more bytes after <c>NeedMore</c>.
/// </summary>
internal static class ClientHelloParser
{
    /// <summary>The longest hello that is read, record headers included. Post-quantum key shares make hellos of about 2 KiB.</summary>
    public const int MaxBytes = 16 * 1024;

    private const byte HandshakeRecord = 22;
    private const byte ClientHelloMessage = 1;
    private const int RecordHeaderBytes = 5;
    private const int HandshakeHeaderBytes = 4;
    private const int MaxFragmentBytes = 16 * 1024;
    private const int VersionAndRandomBytes = 34;
    private const int MaxSessionIdBytes = 32;

    /// <summary>Looks at everything received so far. Never throws.</summary>
    public static ClientHelloStatus TryParse(ReadOnlySpan<byte> received, out ClientHello hello)
    {
        Span<char> name = stackalloc char[ServerNameParser.MaxNameBytes];
        var status = TryParse(received, name, out var nameLength, out var fault);
        hello = new ClientHello(status == ClientHelloStatus.Ok && nameLength > 0 ? new string(name[..nameLength]) : null, fault);
        return status;
    }

    /// <summary>The same without a string for the name.</summary>
    /// <param name="received">Everything received so far.</param>
    /// <param name="name">Room for the name, in lower case: at least <see cref="ServerNameParser.MaxNameBytes"/>.</param>
    /// <param name="nameLength">How long the name is; 0 when none was sent.</param>
    /// <param name="fault">Why the hello is malformed; <see cref="ClientHelloFault.None"/> otherwise.</param>
    public static ClientHelloStatus TryParse(ReadOnlySpan<byte> received, Span<char> name, out int nameLength, out ClientHelloFault fault)
    {
        nameLength = 0;
        fault = ClientHelloFault.None;
        var messageBytes = -1;
        var gathered = 0;
        var fragments = 0;
        var at = 0;
        Span<byte> messageHeader = stackalloc byte[HandshakeHeaderBytes];
        while (messageBytes < 0 || gathered < messageBytes)
        {
            var record = received[at..];
            if (record.Length > 0 && record[0] != HandshakeRecord || record.Length > 1 && record[1] != 3)
            {
                return Malformed(at == 0 ? ClientHelloFault.NotTls : ClientHelloFault.BadRecord, out fault);
            }

            if (record.Length < RecordHeaderBytes)
            {
                return MoreOrTooLong(at + RecordHeaderBytes + 1, out fault);
            }

            int length = BinaryPrimitives.ReadUInt16BigEndian(record[3..]);
            if (length is 0 or > MaxFragmentBytes)
            {
                return Malformed(ClientHelloFault.BadRecord, out fault);
            }

            var fragment = record.Slice(RecordHeaderBytes, Math.Min(length, record.Length - RecordHeaderBytes));
            var headerPart = fragment[..Math.Min(fragment.Length, Math.Max(0, HandshakeHeaderBytes - gathered))];
            headerPart.CopyTo(messageHeader[Math.Min(gathered, HandshakeHeaderBytes)..]);
            if (gathered == 0 && fragment.Length > 0 && fragment[0] != ClientHelloMessage)
            {
                return Malformed(ClientHelloFault.BadHello, out fault);
            }

            gathered += fragment.Length;
            at += RecordHeaderBytes + fragment.Length;
            fragments++;
            if (messageBytes < 0 && gathered >= HandshakeHeaderBytes)
            {
                messageBytes = HandshakeHeaderBytes + (messageHeader[1] << 16 | BinaryPrimitives.ReadUInt16BigEndian(messageHeader[2..]));
            }

            var missing = messageBytes < 0 ? 1 : messageBytes - gathered;
            if (missing > 0 && (fragment.Length < length || at + missing > MaxBytes))
            {
                return MoreOrTooLong(at + missing, out fault);
            }
        }

        // The last fragment may hold more than the hello; what follows is not ours to judge, but the hello itself must end in time.
        if (at - (gathered - messageBytes) > MaxBytes)
        {
            return Malformed(ClientHelloFault.TooLong, out fault);
        }

        if (fragments == 1)
        {
            return ParseBody(received.Slice(RecordHeaderBytes + HandshakeHeaderBytes, messageBytes - HandshakeHeaderBytes), name, out nameLength, out fault);
        }

        var whole = ArrayPool<byte>.Shared.Rent(messageBytes);
        try
        {
            Gather(received, whole.AsSpan(0, messageBytes));
            return ParseBody(whole.AsSpan(HandshakeHeaderBytes, messageBytes - HandshakeHeaderBytes), name, out nameLength, out fault);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(whole);
        }
    }

    private static ClientHelloStatus MoreOrTooLong(int atLeast, out ClientHelloFault fault)
    {
        fault = ClientHelloFault.None;
        return atLeast > MaxBytes ? Malformed(ClientHelloFault.TooLong, out fault) : ClientHelloStatus.NeedMore;
    }

    /// <summary>Joins the fragments; the caller has walked them already, so their lengths are known to be right.</summary>
    private static void Gather(ReadOnlySpan<byte> received, Span<byte> message)
    {
        while (!message.IsEmpty)
        {
            int length = BinaryPrimitives.ReadUInt16BigEndian(received[3..]);
            var fragment = received.Slice(RecordHeaderBytes, Math.Min(length, message.Length));
            fragment.CopyTo(message);
            message = message[fragment.Length..];
            received = received[(RecordHeaderBytes + fragment.Length)..];
        }
    }

    private static ClientHelloStatus ParseBody(ReadOnlySpan<byte> body, Span<char> name, out int nameLength, out ClientHelloFault fault)
    {
        nameLength = 0;
        fault = ClientHelloFault.None;
        if (body.Length < VersionAndRandomBytes)
        {
            return Malformed(ClientHelloFault.BadHello, out fault);
        }

        body = body[VersionAndRandomBytes..];
        if (!TryTakeVector8(ref body, out var sessionId) || sessionId.Length > MaxSessionIdBytes
            || !TryTakeVector16(ref body, out var cipherSuites) || cipherSuites.Length < 2 || cipherSuites.Length % 2 != 0
            || !TryTakeVector8(ref body, out var compression) || compression.IsEmpty)
        {
            return Malformed(ClientHelloFault.BadHello, out fault);
        }

        if (body.IsEmpty)
        {
            return ClientHelloStatus.Ok;
        }

        return TryTakeVector16(ref body, out var extensions) && body.IsEmpty
            ? ParseExtensions(extensions, name, out nameLength, out fault)
            : Malformed(ClientHelloFault.BadHello, out fault);
    }

    private static ClientHelloStatus ParseExtensions(ReadOnlySpan<byte> extensions, Span<char> name, out int nameLength, out ClientHelloFault fault)
    {
        nameLength = 0;
        fault = ClientHelloFault.None;
        // One bit for each of the 65536 types: a hello of 16 KiB can hold 4096 extensions, too many to compare each with each.
        Span<ulong> seen = stackalloc ulong[65536 / 64];
        seen.Clear();
        while (!extensions.IsEmpty)
        {
            if (extensions.Length < 2)
            {
                return Malformed(ClientHelloFault.BadHello, out fault);
            }

            int type = BinaryPrimitives.ReadUInt16BigEndian(extensions);
            extensions = extensions[2..];
            if (!TryTakeVector16(ref extensions, out var data))
            {
                return Malformed(ClientHelloFault.BadHello, out fault);
            }

            if ((seen[type / 64] & 1UL << type % 64) != 0)
            {
                return Malformed(ClientHelloFault.RepeatedExtension, out fault);
            }

            seen[type / 64] |= 1UL << type % 64;
            if (type == 0 && !ServerNameParser.TryParse(data, name, out nameLength))
            {
                return Malformed(ClientHelloFault.BadServerName, out fault);
            }
        }

        return ClientHelloStatus.Ok;
    }

    private static bool TryTakeVector8(ref ReadOnlySpan<byte> from, out ReadOnlySpan<byte> vector) =>
        TryTake(ref from, 1, from.IsEmpty ? 0 : from[0], out vector);

    private static bool TryTakeVector16(ref ReadOnlySpan<byte> from, out ReadOnlySpan<byte> vector) =>
        TryTake(ref from, 2, from.Length < 2 ? 0 : BinaryPrimitives.ReadUInt16BigEndian(from), out vector);

    private static bool TryTake(ref ReadOnlySpan<byte> from, int prefix, int length, out ReadOnlySpan<byte> vector)
    {
        vector = default;
        if (from.Length < prefix + length)
        {
            return false;
        }

        vector = from.Slice(prefix, length);
        from = from[(prefix + length)..];
        return true;
    }

    private static ClientHelloStatus Malformed(ClientHelloFault why, out ClientHelloFault fault)
    {
        fault = why;
        return ClientHelloStatus.Malformed;
    }
}
