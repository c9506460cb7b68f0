/** Interfaces of remote procedure calls that Windows offers, by UUID, with their operations as their specifications name them. Order and place of an interface are part of stored codes: add at the end. */

export interface RpcInterface {
	readonly uuid: string;
	readonly name: string;
	/** What it is for, for people. */
	readonly title: string;
	readonly operations: Readonly<Record<number, string>>;
}

/** Operations from number `first` on. */
const from = (first: number, names: string): [number, string][] => names.split(" ").map((name, index) => [first + index, name]);
const table = (...rows: readonly [number, string][][]): Readonly<Record<number, string>> => Object.fromEntries(rows.flat());

export const RPC_INTERFACES: readonly RpcInterface[] = [
	{
		// [MS-SCMR] 3.1.4.
		uuid: "367abb81-9844-35f1-ad32-98f038001003",
		name: "svcctl",
		title: "service control",
		operations: table(
			from(0, "RCloseServiceHandle RControlService RDeleteService RLockServiceDatabase RQueryServiceObjectSecurity"),
			from(5, "RSetServiceObjectSecurity RQueryServiceStatus RSetServiceStatus RUnlockServiceDatabase RNotifyBootConfigStatus"),
			from(11, "RChangeServiceConfigW RCreateServiceW REnumDependentServicesW REnumServicesStatusW ROpenSCManagerW ROpenServiceW"),
			from(17, "RQueryServiceConfigW RQueryServiceLockStatusW RStartServiceW RGetServiceDisplayNameW RGetServiceKeyNameW"),
			from(23, "RChangeServiceConfigA RCreateServiceA REnumDependentServicesA REnumServicesStatusA ROpenSCManagerA ROpenServiceA"),
			from(29, "RQueryServiceConfigA RQueryServiceLockStatusA RStartServiceA RGetServiceDisplayNameA RGetServiceKeyNameA"),
			from(35, "REnumServiceGroupW RChangeServiceConfig2A RChangeServiceConfig2W RQueryServiceConfig2A RQueryServiceConfig2W"),
			from(40, "RQueryServiceStatusEx REnumServicesStatusExA REnumServicesStatusExW"),
			from(44, "RCreateServiceWOW64A RCreateServiceWOW64W"),
			from(47, "RNotifyServiceStatusChange RGetNotifyResults RCloseNotifyHandle RControlServiceExA RControlServiceExW"),
			from(56, "RQueryServiceConfigEx"),
			from(60, "RCreateWowService"),
			from(64, "ROpenSCManager2"),
		),
	},
	{
		// [MS-TSCH] 3.2.5.2.
		uuid: "1ff70682-0a51-30e8-076d-740be8cee98b",
		name: "atsvc",
		title: "scheduled jobs",
		operations: table(from(0, "NetrJobAdd NetrJobDel NetrJobEnum NetrJobGetInfo")),
	},
	{
		// [MS-TSCH] 3.2.5.4.
		uuid: "86d35949-83c9-4044-b424-db363231fd0c",
		name: "ITaskSchedulerService",
		title: "task scheduler",
		operations: table(
			from(0, "SchRpcHighestVersion SchRpcRegisterTask SchRpcRetrieveTask SchRpcCreateFolder SchRpcSetSecurity SchRpcGetSecurity"),
			from(6, "SchRpcEnumFolders SchRpcEnumTasks SchRpcEnumInstances SchRpcGetInstanceInfo SchRpcStopInstance SchRpcStop SchRpcRun"),
			from(13, "SchRpcDelete SchRpcRename SchRpcScheduledRuntimes SchRpcGetLastRunInfo SchRpcGetTaskInfo"),
			from(18, "SchRpcGetNumberOfMissedRuns SchRpcEnableTask"),
		),
	},
	{
		// [MS-RRP] 3.1.5.
		uuid: "338cd001-2244-31f1-aaaa-900038001003",
		name: "winreg",
		title: "registry",
		operations: table(
			from(0, "OpenClassesRoot OpenCurrentUser OpenLocalMachine OpenPerformanceData OpenUsers BaseRegCloseKey BaseRegCreateKey"),
			from(7, "BaseRegDeleteKey BaseRegDeleteValue BaseRegEnumKey BaseRegEnumValue BaseRegFlushKey BaseRegGetKeySecurity"),
			from(13, "BaseRegLoadKey"),
			from(15, "BaseRegOpenKey BaseRegQueryInfoKey BaseRegQueryValue BaseRegReplaceKey BaseRegRestoreKey BaseRegSaveKey"),
			from(21, "BaseRegSetKeySecurity BaseRegSetValue BaseRegUnLoadKey"),
			from(26, "BaseRegGetVersion OpenCurrentConfig"),
			from(29, "BaseRegQueryMultipleValues"),
			from(31, "BaseRegSaveKeyEx OpenPerformanceText OpenPerformanceNlsText BaseRegQueryMultipleValues2 BaseRegDeleteKeyEx"),
		),
	},
	{
		// [MS-SAMR] 3.1.5.
		uuid: "12345778-1234-abcd-ef00-0123456789ac",
		name: "samr",
		title: "accounts",
		operations: table(
			from(0, "SamrConnect SamrCloseHandle SamrSetSecurityObject SamrQuerySecurityObject"),
			from(5, "SamrLookupDomainInSamServer SamrEnumerateDomainsInSamServer SamrOpenDomain SamrQueryInformationDomain"),
			from(9, "SamrSetInformationDomain SamrCreateGroupInDomain SamrEnumerateGroupsInDomain SamrCreateUserInDomain"),
			from(13, "SamrEnumerateUsersInDomain SamrCreateAliasInDomain SamrEnumerateAliasesInDomain SamrGetAliasMembership"),
			from(17, "SamrLookupNamesInDomain SamrLookupIdsInDomain SamrOpenGroup SamrQueryInformationGroup SamrSetInformationGroup"),
			from(22, "SamrAddMemberToGroup SamrDeleteGroup SamrRemoveMemberFromGroup SamrGetMembersInGroup"),
			from(26, "SamrSetMemberAttributesOfGroup SamrOpenAlias SamrQueryInformationAlias SamrSetInformationAlias SamrDeleteAlias"),
			from(31, "SamrAddMemberToAlias SamrRemoveMemberFromAlias SamrGetMembersInAlias SamrOpenUser SamrDeleteUser"),
			from(36, "SamrQueryInformationUser SamrSetInformationUser SamrChangePasswordUser SamrGetGroupsForUser"),
			from(40, "SamrQueryDisplayInformation SamrGetDisplayEnumerationIndex"),
			from(44, "SamrGetUserDomainPasswordInformation SamrRemoveMemberFromForeignDomain SamrQueryInformationDomain2"),
			from(47, "SamrQueryInformationUser2 SamrQueryDisplayInformation2 SamrGetDisplayEnumerationIndex2 SamrCreateUser2InDomain"),
			from(51, "SamrQueryDisplayInformation3 SamrAddMultipleMembersToAlias SamrRemoveMultipleMembersFromAlias"),
			from(54, "SamrOemChangePasswordUser2 SamrUnicodeChangePasswordUser2 SamrGetDomainPasswordInformation SamrConnect2"),
			from(58, "SamrSetInformationUser2"),
			from(62, "SamrConnect4"),
			from(64, "SamrConnect5 SamrRidToSid SamrSetDSRMPassword SamrValidatePassword"),
		),
	},
	{
		// [MS-LSAD] 3.1.4, [MS-LSAT] 3.1.4.
		uuid: "12345778-1234-abcd-ef00-0123456789ab",
		name: "lsarpc",
		title: "security policy",
		operations: table(
			from(0, "LsarClose"),
			from(2, "LsarEnumeratePrivileges LsarQuerySecurityObject LsarSetSecurityObject"),
			from(6, "LsarOpenPolicy LsarQueryInformationPolicy LsarSetInformationPolicy"),
			from(
				10,
				"LsarCreateAccount LsarEnumerateAccounts LsarCreateTrustedDomain LsarEnumerateTrustedDomains LsarLookupNames LsarLookupSids",
			),
			from(16, "LsarCreateSecret LsarOpenAccount LsarEnumeratePrivilegesAccount LsarAddPrivilegesToAccount"),
			from(28, "LsarOpenSecret LsarSetSecret LsarQuerySecret LsarLookupPrivilegeValue LsarLookupPrivilegeName"),
			from(35, "LsarEnumerateAccountsWithUserRight LsarEnumerateAccountRights LsarAddAccountRights LsarRemoveAccountRights"),
			from(42, "LsarStorePrivateData LsarRetrievePrivateData LsarOpenPolicy2 LsarGetUserName LsarQueryInformationPolicy2"),
			from(47, "LsarSetInformationPolicy2"),
			from(50, "LsarEnumerateTrustedDomainsEx"),
			from(57, "LsarLookupSids2 LsarLookupNames2"),
			from(68, "LsarLookupNames3"),
			from(76, "LsarLookupSids3 LsarLookupNames4"),
		),
	},
	{
		// [MS-SRVS] 3.1.4.
		uuid: "4b324fc8-1670-01d3-1278-5a47bf6ee188",
		name: "srvsvc",
		title: "shares and sessions",
		operations: table(
			from(8, "NetrConnectionEnum NetrFileEnum NetrFileGetInfo NetrFileClose NetrSessionEnum NetrSessionDel NetrShareAdd"),
			from(15, "NetrShareEnum NetrShareGetInfo NetrShareSetInfo NetrShareDel NetrShareDelSticky NetrShareCheck NetrServerGetInfo"),
			from(22, "NetrServerSetInfo NetrServerDiskEnum NetrServerStatisticsGet NetrServerTransportAdd NetrServerTransportEnum"),
			from(27, "NetrServerTransportDel NetrRemoteTOD"),
			from(30, "NetprPathType NetprPathCanonicalize NetprPathCompare NetprNameValidate NetprNameCanonicalize NetprNameCompare"),
			from(36, "NetrShareEnumSticky NetrShareDelStart NetrShareDelCommit NetrpGetFileSecurity NetrpSetFileSecurity"),
		),
	},
	{
		// [MS-WKST] 3.2.4.
		uuid: "6bffd098-a112-3610-9833-46c3f87e345a",
		name: "wkssvc",
		title: "workstation",
		operations: table(
			from(0, "NetrWkstaGetInfo NetrWkstaSetInfo NetrWkstaUserEnum"),
			from(5, "NetrWkstaTransportEnum NetrWkstaTransportAdd NetrWkstaTransportDel NetrUseAdd NetrUseGetInfo NetrUseDel NetrUseEnum"),
			from(13, "NetrWorkstationStatisticsGet"),
			from(20, "NetrGetJoinInformation"),
			from(22, "NetrJoinDomain2 NetrUnjoinDomain2 NetrRenameMachineInDomain2 NetrValidateName2 NetrGetJoinableOUs2"),
		),
	},
	{
		// [MS-DRSR] 4.1.
		uuid: "e3514235-4b06-11d1-ab04-00c04fc2dcd2",
		name: "drsuapi",
		title: "directory replication",
		operations: table(
			from(0, "IDL_DRSBind IDL_DRSUnbind IDL_DRSReplicaSync IDL_DRSGetNCChanges IDL_DRSUpdateRefs IDL_DRSReplicaAdd IDL_DRSReplicaDel"),
			from(7, "IDL_DRSReplicaModify IDL_DRSVerifyNames IDL_DRSGetMemberships IDL_DRSInterDomainMove IDL_DRSGetNT4ChangeLog"),
			from(12, "IDL_DRSCrackNames IDL_DRSWriteSPN IDL_DRSRemoveDsServer IDL_DRSRemoveDsDomain IDL_DRSDomainControllerInfo"),
			from(17, "IDL_DRSAddEntry IDL_DRSExecuteKCC IDL_DRSGetReplInfo"),
		),
	},
	{
		// [MS-NRPC] 3.5.4.
		uuid: "12345678-1234-abcd-ef00-01234567cffb",
		name: "netlogon",
		title: "domain logon",
		operations: table(
			from(2, "NetrLogonSamLogon NetrLogonSamLogoff NetrServerReqChallenge NetrServerAuthenticate NetrServerPasswordSet"),
			from(15, "NetrServerAuthenticate2"),
			from(20, "DsrGetDcName"),
			from(26, "NetrServerAuthenticate3 DsrGetDcNameEx"),
			from(29, "NetrLogonGetDomainInfo NetrServerPasswordSet2"),
			from(34, "DsrGetDcNameEx2"),
			from(39, "NetrLogonSamLogonEx DsrEnumerateDomainTrusts"),
			from(45, "NetrLogonSamLogonWithFlags"),
		),
	},
	{
		// [MS-RPRN] 3.1.4.
		uuid: "12345678-1234-abcd-ef00-0123456789ab",
		name: "spoolss",
		title: "printing",
		operations: table(
			from(0, "RpcEnumPrinters RpcOpenPrinter"),
			from(9, "RpcAddPrinterDriver"),
			from(17, "RpcStartDocPrinter"),
			from(29, "RpcClosePrinter"),
			from(65, "RpcRemoteFindFirstPrinterChangeNotificationEx"),
			from(69, "RpcOpenPrinterEx"),
			from(89, "RpcAddPrinterDriverEx"),
		),
	},
	{
		// [MS-EFSR] 3.1.4.2; the second is its name behind the pipe of the security policy.
		uuid: "df1941c5-fe89-4e79-bf10-463657acf44d",
		name: "efsrpc",
		title: "encrypted files",
		operations: table(from(0, "EfsRpcOpenFileRaw"), from(4, "EfsRpcEncryptFileSrv EfsRpcDecryptFileSrv")),
	},
	{
		uuid: "c681d488-d850-11d0-8c52-00c04fd90f7e",
		name: "efsrpc",
		title: "encrypted files",
		operations: table(from(0, "EfsRpcOpenFileRaw"), from(4, "EfsRpcEncryptFileSrv EfsRpcDecryptFileSrv")),
	},
	// [MS-EVEN] 3.1.4.
	{
		uuid: "82273fdc-e32a-18c3-3f78-827929dc23ea",
		name: "eventlog",
		title: "event log",
		operations: table(from(0, "ElfrClearELFW ElfrBackupELFW ElfrCloseEL"), from(7, "ElfrOpenELW"), from(10, "ElfrReadELW")),
	},
	// [MS-RSP] 3.2.4.
	{
		uuid: "894de0c0-0d55-11d3-a322-00c04fa321a1",
		name: "InitShutdown",
		title: "shutdown",
		operations: table(from(0, "BaseInitiateShutdown BaseAbortShutdown BaseInitiateShutdownEx")),
	},
	// [MS-DSSP] 3.2.4.
	{
		uuid: "3919286a-b10c-11d0-9ba8-00c04fd92ef5",
		name: "dssetup",
		title: "directory setup",
		operations: table(from(0, "DsRolerGetPrimaryDomainInformation")),
	},
	// [C706] Appendix O and Q.
	{
		uuid: "e1af8308-5d1f-11c9-91a4-08002b14a0fa",
		name: "epmapper",
		title: "endpoint mapper",
		operations: table(from(0, "ept_insert ept_delete ept_lookup ept_map")),
	},
	{
		uuid: "afa8bd80-7d8a-11c9-bef4-08002b102989",
		name: "mgmt",
		title: "remote management",
		operations: table(from(0, "rpc__mgmt_inq_if_ids rpc__mgmt_inq_stats rpc__mgmt_is_server_listening rpc__mgmt_stop_server_listening")),
	},
];

const BY_UUID: ReadonlyMap<string, number> = new Map(RPC_INTERFACES.map(({ uuid }, index) => [uuid, index]));

/** Index into RPC_INTERFACES; -1 for one that is not known. */
export const rpcInterfaceOf = (uuid: string): number => BY_UUID.get(uuid) ?? -1;
