namespace Headgate.Gateway.Listening;

/// <summary>
/// A fatal alert in a plaintext record (RFC 8446 section 6): <c>15 03 03 00 02 02 code</c>. It proves nothing to a client, which therefore tries the
/// next gateway; it is there for whoever looks at a capture or an error message.
/// </summary>
internal static class TlsAlert
{
    /// <summary>The hello cannot be read.</summary>
    public const byte DecodeError = 50;

    /// <summary>This gateway cannot lead there at the moment.</summary>
    public const byte InternalError = 80;

    /// <summary>No name, or one that leads nowhere.</summary>
    public const byte UnrecognizedName = 112;

    /// <summary>How long a record is.</summary>
    public const int Bytes = 7;

    /// <summary>The record for <paramref name="code"/>.</summary>
    public static byte[] Record(byte code) => [21, 3, 3, 0, 2, 2, code];

    /// <summary>The alert that goes with <paramref name="refusal"/>.</summary>
    public static byte For(Refusal refusal) => refusal switch
    {
        Refusal.HelloTooLong or Refusal.HelloMalformed => DecodeError,
        Refusal.SiloUnreachable or Refusal.TargetUnknown or Refusal.TargetUnreachable or Refusal.TenantLimit => InternalError,
        _ => UnrecognizedName,
    };
}
