namespace Headgate.Protocol.Naming;

/// <summary>What a certificate of the SP's authority is for.</summary>
public enum CertificateRole
{
    /// <summary>A silo: edge API and tenant API.</summary>
    Silo,

    /// <summary>A cloud gateway.</summary>
    Gateway,

    /// <summary>A cloud repository.</summary>
    Repository,

    /// <summary>A tenant's connector; its id is <c>tenant/connector</c>.</summary>
    Connector,
}
