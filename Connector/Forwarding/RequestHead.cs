using System.Buffers;
using System.Buffers.Text;
using System.Text;

namespace Headgate.Connector.Forwarding;

/// <summary>Judges an HTTP/1.1 request head (RFC 9112) by its Basic credentials (RFC 7617). It changes nothing: the head goes on as it came.</summary>
internal static class RequestHead
{
    /// <summary>The longest head that is read.</summary>
    public const int MaxBytes = 16 * 1024;

    private static ReadOnlySpan<byte> LineEnd => "\r\n"u8;

    private static ReadOnlySpan<byte> HeadEnd => "\r\n\r\n"u8;

    /// <summary>Bytes up to and with the empty line, or -1 when it has not come yet.</summary>
    public static int LengthOf(ReadOnlySpan<byte> received)
    {
        var end = received.IndexOf(HeadEnd);
        return end < 0 ? -1 : end + HeadEnd.Length;
    }

    /// <summary>What a whole head is worth.</summary>
    public static HeadVerdict Judge(ReadOnlySpan<byte> head, LoopbackSecret secret)
    {
        var lineEnd = head.IndexOf(LineEnd);
        if (!IsRequestLine(head[..lineEnd]))
        {
            return HeadVerdict.Malformed;
        }

        var rest = head[(lineEnd + LineEnd.Length)..];
        var found = 0;
        var matches = false;
        while (!rest.StartsWith(LineEnd))
        {
            lineEnd = rest.IndexOf(LineEnd);
            var line = rest[..lineEnd];
            rest = rest[(lineEnd + LineEnd.Length)..];
            var colon = line.IndexOf((byte)':');
            // A name with space in it, or a folded line, means different things to different readers (RFC 9112, section 5).
            if (colon <= 0 || line[..colon].IndexOfAny((byte)' ', (byte)'\t', (byte)'\n') >= 0)
            {
                return HeadVerdict.Malformed;
            }

            if (Ascii.EqualsIgnoreCase(line[..colon], "Authorization"u8))
            {
                found++;
                matches = CredentialsMatch(line[(colon + 1)..], secret);
            }
        }

        return found == 1 && matches ? HeadVerdict.Accepted : HeadVerdict.Unauthorized;
    }

    private static bool IsRequestLine(ReadOnlySpan<byte> line)
    {
        var first = line.IndexOf((byte)' ');
        var last = line.LastIndexOf((byte)' ');
        return first > 0 && last > first + 1 && line[(last + 1)..].SequenceEqual("HTTP/1.1"u8);
    }

    private static bool CredentialsMatch(ReadOnlySpan<byte> value, LoopbackSecret secret)
    {
        value = value.Trim(" \t"u8);
        if (value.Length < 6 || !Ascii.EqualsIgnoreCase(value[..6], "Basic "u8))
        {
            return false;
        }

        var encoded = value[6..].TrimStart((byte)' ');
        var decoded = new byte[Base64.GetMaxDecodedFromUtf8Length(encoded.Length)];
        var status = Base64.DecodeFromUtf8(encoded, decoded, out _, out var written);
        return status == OperationStatus.Done && secret.Matches(decoded.AsSpan(0, written));
    }
}
