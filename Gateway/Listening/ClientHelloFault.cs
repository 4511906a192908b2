namespace Headgate.Gateway.Listening;

/// <summary>Why bytes are not a ClientHello that is served.</summary>
internal enum ClientHelloFault
{
    /// <summary>There is none.</summary>
    None,

    /// <summary>The first bytes are not those of a TLS handshake record.</summary>
    NotTls,

    /// <summary>It is, or says it will be, longer than <see cref="ClientHelloParser.MaxBytes"/>.</summary>
    TooLong,

    /// <summary>A record of another type, or of impossible length, before the hello was complete.</summary>
    BadRecord,

    /// <summary>The handshake message is not a ClientHello, or its fields do not fit in it.</summary>
    BadHello,

    /// <summary>An extension came twice.</summary>
    RepeatedExtension,

    /// <summary>The server name list does not hold exactly one host name, or that is not a DNS name.</summary>
    BadServerName,
}
